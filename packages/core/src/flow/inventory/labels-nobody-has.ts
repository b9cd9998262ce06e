import type { PlanNote } from "../plan-note.ts";
import { suggest } from "../schema/suggest.ts";
import type { LoadedInventory } from "./load-inventory.ts";

/** What `--labels` names that no host of these inventories has: perhaps mistyped. */
export function labelsNobodyHas(
  names: readonly string[],
  inventories: readonly LoadedInventory[],
): readonly PlanNote[] {
  if (names.length === 0 || inventories.length === 0) return [];
  const known = new Set<string>();
  for (const { inventory, variables = [] } of inventories) {
    for (const name of variables) known.add(name);
    for (const { labels = {} } of Object.values(inventory.hosts ?? {}))
      for (const name of Object.keys(labels)) known.add(name);
  }
  return names
    .filter((name) => !known.has(name))
    .map((name) => {
      const near = suggest(name, [...known]);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      const message = `--labels ${name}: no host of the inventories has such a variable or label${hint}`;
      return { kind: "inventory", warning: true, message };
    });
}
