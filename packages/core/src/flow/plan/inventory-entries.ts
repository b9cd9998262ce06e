import { differences, joinEntries } from "../inventory/host-entries.ts";
import type { LoadedInventory } from "../inventory/load-inventory.ts";
import type { FlowProblem } from "../problem.ts";
import type { HostEntry } from "../schema/inventory-schema.ts";
import { quote } from "../source/visible.ts";
import type { Expressions } from "./expressions.ts";

/** What the inventory says of each host that it names. */
export type InventoryEntries = ReadonlyMap<string, HostEntry>;

/** Entries for one host are joined; two that say different things of it are a problem, not a guess. */
export function readEntries(
  inventory: LoadedInventory | undefined,
  expressions: Expressions,
): { readonly entries: InventoryEntries; readonly problems: readonly FlowProblem[] } {
  const entries = new Map<string, HostEntry>();
  const problems: FlowProblem[] = [];
  if (inventory === undefined) return { entries, problems };
  for (const [key, entry] of Object.entries(inventory.inventory.hosts ?? {})) {
    const position = { path: ["hosts", key], at: "key" } as const;
    const expanded = expressions.expand(key, true);
    if (!expanded.ok) {
      const { column, message, hint } = expanded.error;
      if (expressions.isToldOfGroup(key, expanded.error)) continue;
      problems.push(inventory.problemAt({ ...position, column }, message, hint));
      continue;
    }
    if (expanded.value.length === 0)
      problems.push(inventory.problemAt(position, "no host is left of this expression"));
    const withLogin = expanded.value.find((host) => host.user !== undefined || host.port !== undefined);
    if (withLogin !== undefined) {
      const message = `an inventory names hosts by name alone (${quote(withLogin.name)} has a user or a port)`;
      problems.push(inventory.problemAt(position, message, 'write "user" and "port" as fields'));
    }
    const told = new Set<string>();
    for (const { name } of expanded.value) {
      const before = entries.get(name);
      if (before !== undefined) {
        for (const [field, message] of differences(name, before, entry, "in an entry above")) {
          if (told.has(field)) continue;
          told.add(field);
          const hint = `take the host out of one of them, as in "db[1-9]!${name}"`;
          problems.push(inventory.problemAt({ path: ["hosts", key, ...field.split(" ")] }, message, hint));
        }
      }
      entries.set(name, before === undefined ? entry : joinEntries(before, entry));
    }
  }
  return { entries, problems };
}
