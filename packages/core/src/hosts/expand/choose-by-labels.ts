import type { Result } from "../../errors.ts";
import { succeed } from "../../errors.ts";
import { eachName } from "../parse/name-template.ts";
import type { LabelChoice } from "../parse/parse-labels.ts";
import type { HostExpressionProblem } from "../problem.ts";
import { failAt } from "../problem.ts";
import type { HostLabels, LabelledMembers } from "./host-labels.ts";
import type { HostSource } from "./host-set.ts";
import { noSuchLabel, noSuchValue, notTogether } from "./label-faults.ts";

interface ChoosingFrom {
  readonly members: LabelledMembers;
  readonly labels: HostLabels;
  /** As the expression has it: `@web`. */
  readonly written: string;
  /** Whether it is fine that no host has what is asked for. */
  readonly allowEmpty: boolean;
}

/** Hosts that one label chooses: by each of its values those that have it, ascending. */
interface Chosen {
  readonly name: string;
  readonly byValue: ReadonlyMap<string, readonly number[]>;
  readonly count: number;
}

/** Those that have one of the values of each label, in the order that they stand in. */
export function chooseByLabels(
  choices: readonly LabelChoice[],
  from: ChoosingFrom,
): Result<HostSource, HostExpressionProblem> {
  const { members, labels, written } = from;
  const all: Chosen[] = [];
  for (const choice of choices) {
    const chosen = chosenBy(choice, from);
    if (!chosen.ok) return chosen;
    all.push(chosen.value);
  }
  // Of these each is looked at: not of all hosts of a zone those of a rack.
  const fewest = all.reduce((one, other) => (other.count < one.count ? other : one));
  const others = all.filter((one) => one !== fewest);
  const hasOthers = (place: number): boolean =>
    others.every(({ name, byValue }) => byValue.has(labels.valueOf(members.names[place] ?? "", name) ?? ""));
  const places = inOrder([...fewest.byValue.values()]).filter(hasOthers);
  if (places.length === 0 && !from.allowEmpty) {
    const span = { start: choices[0]?.span.start ?? 0, end: choices.at(-1)?.span.end ?? 0 };
    return failAt(span, notTogether(written, choices));
  }
  return succeed({
    count: places.length,
    isDistinct: members.isDistinct,
    each: (visit) => {
      for (const place of places) if (!visit(members.names[place] ?? "", members.logins[place] ?? {})) return;
    },
  });
}

function chosenBy(
  { name, nameSpan, values, span }: LabelChoice,
  { members, labels, written, allowEmpty }: ChoosingFrom,
): Result<Chosen, HostExpressionProblem> {
  const known = members.byLabel.get(name);
  if (known === undefined && !(allowEmpty && labels.names.has(name)))
    return failAt(nameSpan, noSuchLabel(written, name, members));
  const byValue = new Map<string, readonly number[]>();
  let count = 0;
  let missing: string | undefined;
  eachName(values, (value) => {
    const places = known?.get(value);
    if (places === undefined) missing ??= value;
    else if (!byValue.has(value)) {
      byValue.set(value, places);
      count += places.length;
    }
    return true;
  });
  if (missing !== undefined && !allowEmpty) return failAt(span, noSuchValue(written, name, missing, members));
  return succeed({ name, byValue, count });
}

function inOrder(lists: readonly (readonly number[])[]): readonly number[] {
  return lists.length === 1 ? (lists[0] ?? []) : lists.flat().sort((a, b) => a - b);
}
