import type { Result } from "../../src/errors.ts";
import type { Host, HostExpressionProblem } from "../../src/index.ts";
import { formatHost } from "../../src/index.ts";

type Expanded = Result<readonly Host[], HostExpressionProblem>;

/** The hosts as written, in order; a problem fails the test. */
export function hostsOf(expanded: Expanded): readonly string[] {
  if (!expanded.ok) throw new Error(`column ${expanded.error.column}: ${expanded.error.message}`);
  return expanded.value.map(formatHost);
}

/** The problem; hosts fail the test. */
export function problemOf(expanded: Expanded): HostExpressionProblem {
  if (expanded.ok) throw new Error(`no problem, but ${expanded.value.length} hosts`);
  return expanded.error;
}
