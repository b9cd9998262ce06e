import { groupsNamed } from "../../hosts/groups-named.ts";
import type { JobPlan, StagePlan } from "../../rollout/plan/plan.ts";
import type { PlanNote } from "../plan-note.ts";
import type { FlowProblem } from "../problem.ts";
import { cutProblems } from "../source/parse-source.ts";

type Problems = ReadonlyMap<string, readonly FlowProblem[]>;

/**
 * What is wrong with an inventory that others keep, as far as a run may not need it: a problem of the run that names the
 * group, or takes the host, and a note for every other.
 */
export interface Unsound {
  readonly groups: Problems;
  readonly hosts: Problems;
}

/** Of groups that these expressions name. */
export function unsoundNamed(
  unsound: Unsound | undefined,
  expressions: readonly string[],
): readonly FlowProblem[] {
  if (unsound === undefined || unsound.groups.size === 0) return [];
  const named = new Set(expressions.flatMap((expression) => [...groupsNamed(expression)]));
  return cutProblems([...new Set([...named].flatMap((name) => unsound.groups.get(name) ?? []))]);
}

/** Of hosts that take part. */
export function unsoundHosts(
  unsound: Unsound | undefined,
  jobs: Iterable<Pick<JobPlan, "hosts" | "stages" | "gates">>,
): readonly FlowProblem[] {
  if (unsound === undefined || unsound.hosts.size === 0) return [];
  const taking = new Set(
    [...jobs].flatMap(({ hosts, stages = [] as readonly StagePlan[], gates = [] }) => [
      ...hosts.map(({ name }) => name),
      ...stages.flatMap(({ at }) => at?.hosts.map(({ name }) => name) ?? []),
      ...gates.flatMap(({ check }) => check?.host.name ?? []),
    ]),
  );
  return [...unsound.hosts].flatMap(([name, problems]) => (taking.has(name) ? problems : []));
}

export function joinUnsound(all: readonly { readonly unsound?: Unsound }[]): Unsound {
  const join = (kind: keyof Unsound): Problems => {
    const joined = new Map<string, readonly FlowProblem[]>();
    for (const { unsound } of all)
      for (const [name, problems] of unsound?.[kind] ?? [])
        joined.set(name, [...(joined.get(name) ?? []), ...problems]);
    return joined;
  };
  return { groups: join("groups"), hosts: join("hosts") };
}

const MOST_NOTES = 5;

export function unsoundNotes({ groups, hosts }: Unsound): readonly PlanNote[] {
  const without = new Map<FlowProblem, string[]>();
  for (const [group, problems] of groups)
    for (const problem of problems) without.set(problem, [...(without.get(problem) ?? []), group]);
  const told = [
    ...[...without].map(
      ([problem, names]) =>
        `${at(problem)}; no run can name what has it: ${few(names.map((name) => `@${name}`))}`,
    ),
    ...[...hosts].flatMap(([name, problems]) =>
      problems.map((problem) => `${at(problem)}; no run can take ${name}`),
    ),
  ];
  const more = told.length - MOST_NOTES;
  const shown =
    more > 1 ? [...told.slice(0, MOST_NOTES), `and ${more} more parts of inventories cannot be taken`] : told;
  return shown.map((message) => ({ kind: "inventory", warning: false, message }));
}

function at({ file, line, message }: FlowProblem): string {
  return `${file}:${line}: ${message}`;
}

/** A few of many names, and how many more there are. */
export function few(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `${names.slice(0, 5).join(", ")}${more}`;
}
