import type { Result } from "../../errors.ts";
import { expandHosts } from "../../hosts/expand/expand-hosts.ts";
import type { HostLabels } from "../../hosts/expand/host-labels.ts";
import type { Host } from "../../hosts/host.ts";
import type { HostExpressionProblem } from "../../hosts/problem.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { LoadedInventory } from "../inventory/load-inventory.ts";
import type { FlowProblem } from "../problem.ts";
import type { PlanNote } from "../plan-note.ts";
import { quote } from "../source/visible.ts";
import { labelNotes } from "./label-notes.ts";

export type Expand = Expressions["expand"];
type Expanded = Result<readonly Host[], HostExpressionProblem>;

/** Host expressions with the groups of a flow and its inventory; each is expanded once. */
export interface Expressions {
  expand(expression: string, allowEmpty: boolean): Expanded;
  /** Whether the fault only passes on what is told of a group already. */
  isToldOfGroup(expression: string, problem: HostExpressionProblem): boolean;
  /** Of all that were expanded: hosts that they could not choose by a label. */
  notes(): readonly PlanNote[];
}

/** What host expressions are expanded with. */
export interface Around {
  readonly groups: ReadonlyMap<string, string>;
  readonly labels: HostLabels;
}

/** Joins the groups of both files. A name in both, and a group that does not expand, are problems. */
export function readGroups(
  flow: LoadedFlow,
  inventory: LoadedInventory | undefined,
  { groups, labels }: Around,
): { readonly expressions: Expressions; readonly problems: readonly FlowProblem[] } {
  const ofFlow = Object.entries(flow.flow.groups ?? {});
  const ofInventory = Object.entries(inventory?.inventory.groups ?? {});
  const expand = expander(groups, labels);
  const faults = new Map<string, HostExpressionProblem>();
  for (const [name, expression] of groups) {
    const expanded = expand(expression, true);
    if (!expanded.ok) faults.set(name, expanded.error);
  }
  const names = new Set(ofInventory.map(([name]) => name));
  const problems: FlowProblem[] = [];
  for (const [file, own] of [
    [flow, ofFlow],
    [inventory, ofInventory],
  ] as const) {
    for (const [name] of own) {
      const path = ["groups", name];
      if (file === flow && names.has(name)) {
        const message = `group ${quote(name)} is in the inventory ${inventory?.files.join(", ") ?? ""} as well`;
        problems.push(flow.problemAt({ path, at: "key" }, message, "rename one of the two"));
        continue;
      }
      const fault = faults.get(name);
      const told = toldAt(name, groups, faults);
      if (fault === undefined || file === undefined || told === "there") continue;
      const position = { path, column: fault.column };
      problems.push(
        told === "here"
          ? file.problemAt(position, fault.message, fault.hint)
          : file.problemAt(position, `the group contains itself: @${told.circle.join(" → @")}`),
      );
    }
  }
  const isToldOfGroup = (expression: string, problem: HostExpressionProblem): boolean =>
    faults.has(groupAt(expression, problem) ?? "");
  const used = new Set<string>();
  const expressions: Expressions = {
    expand: (expression, allowEmpty) => {
      const expanded = expand(expression, allowEmpty);
      if (expanded.ok) used.add(expression);
      return expanded;
    },
    isToldOfGroup,
    notes: () => labelNotes(used, { groups, labels }),
  };
  return { expressions, problems };
}

/** Expands each expression once. */
export function expander(
  groups: ReadonlyMap<string, string>,
  labels: HostLabels | "unread",
): Expressions["expand"] {
  const done = new Map<string, Expanded>();
  return (expression, allowEmpty) => {
    const key = `${allowEmpty ? "empty" : "some"} ${expression}`;
    const before = done.get(key);
    if (before !== undefined) return before;
    const expanded = expandHosts(expression, { groups, labels, allowEmpty });
    done.set(key, expanded);
    return expanded;
  };
}

/** The group whose `@name` a fault stands at. */
function groupAt(expression: string, { column, length = 1 }: HostExpressionProblem): string | undefined {
  const span = expression.slice(column - 1, column - 1 + length);
  return span.startsWith("@") ? span.slice(1) : undefined;
}

/**
 * Where a group's fault is to be told: its own at the group ("here"), that of a group in it at that one
 * ("there"); of groups in a circle each is told the circle.
 */
function toldAt(
  name: string,
  groups: ReadonlyMap<string, string>,
  faults: ReadonlyMap<string, HostExpressionProblem>,
): "here" | "there" | { readonly circle: readonly string[] } {
  const seen = [name];
  for (let at = name; ;) {
    const fault = faults.get(at);
    const next = fault === undefined ? undefined : groupAt(groups.get(at) ?? "", fault);
    if (next === undefined || !faults.has(next)) return at === name ? "here" : "there";
    if (next === name) return { circle: [...seen, name] };
    if (seen.includes(next)) return "there";
    seen.push(next);
    at = next;
  }
}
