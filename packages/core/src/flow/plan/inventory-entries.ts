import { UNREAD } from "../../hosts/expand/label-faults.ts";
import type { HostExpressionProblem } from "../../hosts/problem.ts";
import { differences, joinEntries } from "../inventory/host-entries.ts";
import type { LoadedInventory } from "../inventory/load-inventory.ts";
import type { FlowProblem } from "../problem.ts";
import type { HostEntry } from "../schema/inventory-schema.ts";
import { quote } from "../source/visible.ts";
import type { Expand, Expressions } from "./expressions.ts";

/** What the inventory says of each host that it names. */
export type InventoryEntries = ReadonlyMap<string, HostEntry>;

/** What is wrong with an entry. */
export interface EntryProblem {
  readonly problem: FlowProblem;
  /** Of a key that cannot be expanded: perhaps it is told of a group already. */
  readonly unread?: { readonly key: string; readonly error: HostExpressionProblem };
}

/** Entries for one host are joined; two that say different things of it are a problem, not a guess. */
export function readEntries(
  inventory: LoadedInventory | undefined,
  expand: Expand,
): { readonly entries: InventoryEntries; readonly problems: readonly EntryProblem[] } {
  const entries = new Map<string, HostEntry>();
  const problems: EntryProblem[] = [];
  if (inventory === undefined) return { entries, problems };
  for (const [key, entry] of Object.entries(inventory.inventory.hosts ?? {})) {
    const position = { path: ["hosts", key], at: "key" } as const;
    const expanded = expand(key, true);
    if (!expanded.ok) {
      const { column, message, hint } = expanded.error;
      const problem = inventory.problemAt({ ...position, column }, message, hint);
      problems.push({ problem, unread: { key, error: expanded.error } });
      continue;
    }
    if (expanded.value.length === 0)
      problems.push({ problem: inventory.problemAt(position, "no host is left of this expression") });
    const withLogin = expanded.value.find((host) => host.user !== undefined || host.port !== undefined);
    if (withLogin !== undefined) {
      const message = `an inventory names hosts by name alone (${quote(withLogin.name)} has a user or a port)`;
      problems.push({
        problem: inventory.problemAt(position, message, 'write "user" and "port" as fields'),
      });
    }
    const told = new Set<string>();
    for (const { name } of expanded.value) {
      const before = entries.get(name);
      if (before !== undefined) {
        for (const [field, message] of differences(name, before, entry, "in an entry above")) {
          if (told.has(field)) continue;
          told.add(field);
          const hint = `take the host out of one of them, as in "db[1-9]!${name}"`;
          const path = ["hosts", key, ...field.split(" ")];
          problems.push({ problem: inventory.problemAt({ path }, message, hint) });
        }
      }
      entries.set(name, before === undefined ? entry : joinEntries(before, entry));
    }
  }
  return { entries, problems };
}

/** Whether it only passes on what is told of a group already. */
export function isTold({ unread }: EntryProblem, expressions: Expressions): boolean {
  // Such a group may be right, or wrong only since these labels are not there.
  if (unread === undefined || unread.error.message.includes(UNREAD.message)) return false;
  return expressions.isToldOfGroup(unread.key, unread.error);
}
