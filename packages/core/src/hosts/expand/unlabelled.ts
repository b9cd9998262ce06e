import { parseHostExpression } from "../parse/parse-host-expression.ts";
import { eachName } from "../parse/name-template.ts";
import type { Operand } from "../parse/parse-operand.ts";
import type { HostLabels } from "./host-labels.ts";

/** Hosts that an expression cannot choose by a label, since they have none of this name. */
export interface Unlabelled {
  /** What they stand in: `@web`. */
  readonly written: string;
  readonly label: string;
  readonly hosts: readonly string[];
  /** How many stand in it. */
  readonly of: number;
}

interface Around {
  readonly groups: ReadonlyMap<string, string>;
  readonly labels: HostLabels;
}

/** Of expressions that could be expanded before, with all groups that they name; each once. */
export function* unlabelledIn(expressions: Iterable<string>, around: Around): Generator<Unlabelled> {
  const { groups } = around;
  const isAny = [...groups.values()].some((expression) => expression.includes("{"));
  const told = new Set<string>();
  const left = [...expressions].toReversed();
  const seen = new Set<string>();
  for (let expression = left.pop(); expression !== undefined; expression = left.pop()) {
    if (!isAny && !expression.includes("{")) continue;
    for (const term of parseHostExpression(expression)) {
      if (!term.ok) break;
      const { operand, labels } = term.value;
      const written = expression.slice(operand.span.start, operand.span.end);
      for (const { name } of labels) {
        const key = `${name} ${written}`;
        if (told.has(key)) continue;
        told.add(key);
        const one = without(name, { operand, written }, around);
        if (one.hosts.length > 0) yield one;
      }
      if (operand.kind === "groups") left.push(...newGroups(operand, groups, seen));
    }
  }
}

/** The expressions of groups that were not met before. */
function newGroups(
  { names }: Operand,
  groups: ReadonlyMap<string, string>,
  seen: Set<string>,
): readonly string[] {
  const found: string[] = [];
  eachName(names, (name) => {
    const inner = groups.get(name);
    if (inner !== undefined && !seen.has(name)) {
      seen.add(name);
      found.push(inner);
    }
    return inner !== undefined;
  });
  return found;
}

function without(
  label: string,
  { operand, written }: { readonly operand: Operand; readonly written: string },
  { groups, labels }: Around,
): Unlabelled {
  const members =
    labels.membersOf({ groups, written, allowEmpty: false }) ??
    labels.membersOf({ groups, written, allowEmpty: true });
  const hosts: string[] = [];
  let of = 0;
  const look = (host: string): boolean => {
    of += 1;
    if (labels.valueOf(host, label) === undefined) hosts.push(host);
    return true;
  };
  if (operand.kind === "hosts") eachName(operand.names, look);
  else for (const host of members?.names ?? []) look(host);
  return { written, label, hosts, of };
}
