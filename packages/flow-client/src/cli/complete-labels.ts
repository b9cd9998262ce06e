import type { LoadedInventory } from "@roadrunner/core";
import type { Candidate } from "@roadrunner/core/cli";

/** What stands before a label that is being typed between braces, and what of it is typed. */
interface TypedLabel {
  readonly head: string;
  readonly typed: string;
}

/** Undefined where no brace is open. */
export function typedLabel(text: string): TypedLabel | undefined {
  const [, head, typed] = /^(.*\{(?:[^{}]*,)?)([^{},]*)$/s.exec(text) ?? [];
  return head === undefined || typed === undefined ? undefined : { head, typed };
}

/** More than that, somebody types a letter more. */
const MOST_VALUES = 500;

/** Names of labels that any host has; behind `rack=` the values that there are. */
export function labelCandidates(
  { head, typed }: TypedLabel,
  inventory: LoadedInventory | undefined,
): readonly Candidate[] {
  const [name = "", value] = typed.split("=");
  const found = new Set<string>();
  for (const { labels = {} } of Object.values(inventory?.inventory.hosts ?? {}))
    for (const [label, one] of Object.entries(labels)) {
      if (value === undefined) found.add(`${label}=`);
      else if (label === name && one.startsWith(value)) found.add(`${name}=${one}`);
    }
  const describe = value === undefined ? "label" : `value of ${name}`;
  return [...found]
    .toSorted()
    .slice(0, MOST_VALUES)
    .map((word) => ({ word: head + word, describe }));
}
