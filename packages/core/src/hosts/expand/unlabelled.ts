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
export function unlabelledIn(expressions: Iterable<string>, around: Around): readonly Unlabelled[] {
  const { groups } = around;
  const found = new Map<string, Unlabelled | undefined>();
  const seen = new Set<string>();
  const isAny = [...groups.values()].some((expression) => expression.includes("{"));
  const visit = (expression: string): void => {
    if (!isAny && !expression.includes("{")) return;
    for (const term of parseHostExpression(expression)) {
      if (!term.ok) return;
      const { operand, labels } = term.value;
      const written = expression.slice(operand.span.start, operand.span.end);
      for (const { name } of labels) {
        const key = `${name} ${written}`;
        if (!found.has(key)) found.set(key, without(name, { operand, written }, around));
      }
      if (!isAny || operand.kind === "hosts") continue;
      eachName(operand.names, (name) => {
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
  return [...found.values()].filter((one) => one !== undefined);
}

function without(
  label: string,
  { operand, written }: { readonly operand: Operand; readonly written: string },
  { groups, labels }: Around,
): Unlabelled | undefined {
  const hosts: string[] = [];
  let of = 0;
  if (operand.kind === "groups") {
    const members =
      labels.membersOf({ groups, written, allowEmpty: false }) ??
      labels.membersOf({ groups, written, allowEmpty: true });
    of = members?.names.length ?? 0;
    for (const place of members?.index(label).without ?? []) hosts.push(members?.names[place] ?? "");
  } else {
    eachName(operand.names, (host) => {
      of += 1;
      if (labels.valueOf(host, label) === undefined) hosts.push(host);
      return true;
    });
  }
  return hosts.length === 0 ? undefined : { written, label, hosts, of };
}
