import type { Host } from "../../hosts/host.ts";
import { formatHost } from "../../hosts/host.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { Path, FlowProblem } from "../problem.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import { USER_PATTERN, USER_RULE } from "../schema/text-fields.ts";
import { quote } from "../source/visible.ts";
import type { Expressions } from "./expressions.ts";

interface NamedHosts {
  readonly hosts: readonly Host[];
  /** False where an expression could not be expanded, so that hosts are missing. */
  readonly complete: boolean;
  readonly problems: readonly FlowProblem[];
}

/** The hosts that a job names, in the order of its expressions, each once; before any selection. */
export function hostsOfJob(
  flow: LoadedFlow,
  { job, path }: LocatedJob,
  allowEmpty: boolean,
  expressions: Expressions,
): NamedHosts {
  const hint = "set allowEmpty if that is intended";
  return hostsOf(flow, job.hosts, [...path, "hosts"], expressions, { allowEmpty, hint });
}

/** The hosts that an expression or a list of them names. */
export function hostsOf(
  flow: LoadedFlow,
  named: string | readonly string[],
  path: Path,
  expressions: Expressions,
  empty: { readonly allowEmpty: boolean; readonly hint?: string } = { allowEmpty: false },
): NamedHosts {
  const problems: FlowProblem[] = [];
  const hosts = new Map<string, Host>();
  let complete = true;
  const written: readonly (readonly [string, Path])[] =
    typeof named === "string"
      ? [[named, path]]
      : named.map((expression, index) => [expression, [...path, index]]);
  for (const [expression, where] of written) {
    const expanded = expressions.expand(expression, empty.allowEmpty);
    if (!expanded.ok) {
      complete = false;
      const { column, message, isEmpty = false } = expanded.error;
      const hint = isEmpty && empty.hint !== undefined ? empty.hint : expanded.error.hint;
      if (!expressions.isToldOfGroup(expression, expanded.error)) {
        problems.push(flow.problemAt({ path: where, column }, message, hint));
      }
      continue;
    }
    const fault = addHosts(hosts, expanded.value);
    if (fault !== undefined) problems.push(flow.problemAt({ path: where }, fault));
  }
  return { hosts: [...hosts.values()], complete, problems };
}

/** Adds them, and says what the first is that cannot be added. */
function addHosts(hosts: Map<string, Host>, more: readonly Host[]): string | undefined {
  let fault: string | undefined;
  for (const host of more) {
    const before = hosts.get(host.name);
    if (before === undefined) hosts.set(host.name, host);
    else if (before.user !== host.user || before.port !== host.port) {
      fault ??= `${quote(host.name)} is here ${quote(formatHost(host))} and above ${quote(formatHost(before))}: a job reaches a host in one way`;
    }
    if (host.user !== undefined && !USER_PATTERN.test(host.user)) {
      fault ??= `the user of ${quote(formatHost(host))} must be ${USER_RULE}`;
    }
  }
  return fault;
}
