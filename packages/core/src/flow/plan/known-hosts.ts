import { HostLabels } from "../../hosts/expand/host-labels.ts";
import type { LoadedInventory } from "../inventory/load-inventory.ts";
import type { LoadedFlow } from "../load-flow.ts";
import { expander, type Around } from "./expressions.ts";
import { readEntries, type EntryProblem, type InventoryEntries } from "./inventory-entries.ts";

/** What both files know of hosts. */
export interface KnownHosts extends Around {
  readonly entries: InventoryEntries;
  readonly problems: readonly EntryProblem[];
}

/**
 * The groups of both files, and what the inventory says of hosts. Its keys are expanded first, with groups that choose by
 * no label: all others may, for then the labels are known.
 */
export function knownHosts(flow: LoadedFlow | undefined, inventory: LoadedInventory | undefined): KnownHosts {
  const groups = new Map([
    ...Object.entries(inventory?.inventory.groups ?? {}),
    ...Object.entries(flow?.flow.groups ?? {}),
  ]);
  const { entries, problems } = readEntries(inventory, expander(groups, "unread"));
  return { groups, entries, problems, labels: new HostLabels(entries) };
}
