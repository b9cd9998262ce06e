import { parseHostExpression } from "../../hosts/parse/parse-host-expression.ts";
import type { Path } from "../problem.ts";
import { locatedGates, locatedJobs, locatedWays, plainAt } from "../schema/flow-file.ts";
import type { Fault, Rule } from "./rule.ts";

/**
 * Host expressions that can be read, of groups, jobs, stages and gates. What they come to is seen by resolvePlan, which
 * knows the inventory's groups.
 */
export const hostExpressions: Rule = (flow) => [
  ...Object.entries(flow.groups ?? {}).flatMap(([name, expression]) =>
    readable(expression, ["groups", name]),
  ),
  ...locatedJobs(flow).flatMap(({ job, path }) => readableEach(job.hosts, [...path, "hosts"])),
  ...locatedWays(flow).flatMap(({ way, path }) =>
    (way.stages ?? []).flatMap((stage, index) =>
      readableEach(plainAt(stage?.at), [...path, "stages", index, "at"]),
    ),
  ),
  ...locatedGates(flow).flatMap(({ gate, path }) => readable(gate.at, [...path, "at"])),
];

function readableEach(
  written: string | readonly (string | undefined)[] | undefined,
  path: Path,
): readonly Fault[] {
  return typeof written === "object"
    ? written.flatMap((expression, index) => readable(expression, [...path, index]))
    : readable(written, path);
}

/** Also for the keys of an inventory. */
export function readable(
  expression: string | undefined,
  path: Path,
  at: "value" | "key" = "value",
): readonly Fault[] {
  if (expression === undefined) return [];
  for (const term of parseHostExpression(expression)) {
    if (term.ok) continue;
    const { message, column, hint } = term.error;
    return [{ position: { path, at, column }, message, ...(hint === undefined ? {} : { hint }) }];
  }
  return [];
}
