import type { Term } from "../parse/parse-host-expression.ts";
import { parseHostExpression } from "../parse/parse-host-expression.ts";
import { eachName } from "../parse/name-template.ts";
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

/** Of expressions that were expanded before, with all groups that they name; each once. */
export function unlabelledIn(expressions: Iterable<string>, around: Around): readonly Unlabelled[] {
  const { groups } = around;
  const found = new Map<string, Unlabelled>();
  const seen = new Set<string>();
  const isAny = [...groups.values()].some((expression) => expression.includes("{"));
  const visit = (expression: string): void => {
    if (!isAny && !expression.includes("{")) return;
    for (const term of parseHostExpression(expression)) {
      if (!term.ok) return;
      for (const one of ofTerm(expression, term.value, around)) found.set(`${one.label} ${one.written}`, one);
      if (!isAny || term.value.operand.kind === "hosts") continue;
      eachName(term.value.operand.names, (name) => {
        const inner = groups.get(name);
        if (inner !== undefined && !seen.has(name)) {
          seen.add(name);
          visit(inner);
        }
        return inner !== undefined;
      });
    }
  };
  for (const expression of expressions) visit(expression);
  return [...found.values()];
}

function ofTerm(text: string, { operand, labels: choices }: Term, around: Around): readonly Unlabelled[] {
  if (choices.length === 0) return [];
  const { groups, labels } = around;
  const written = text.slice(operand.span.start, operand.span.end);
  const members = operand.kind === "groups" ? labels.membersOf(groups, written) : undefined;
  if (operand.kind === "groups" && members === undefined) return [];
  return choices.flatMap(({ name }) => {
    const hosts: string[] = [];
    let of = members?.names.length ?? 0;
    for (const place of members?.index(name).without ?? []) hosts.push(members?.names[place] ?? "");
    if (members === undefined)
      eachName(operand.names, (host) => {
        of += 1;
        if (labels.valueOf(host, name) === undefined) hosts.push(host);
        return true;
      });
    return hosts.length === 0 ? [] : [{ written, label: name, hosts, of }];
  });
}
