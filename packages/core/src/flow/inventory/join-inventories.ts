import type { PlanNote } from "../plan-note.ts";
import type { FlowProblem } from "../problem.ts";
import type { HostEntry, WrittenInventory } from "../schema/inventory-schema.ts";
import { differences, joinEntries } from "./host-entries.ts";
import type { LoadedInventory } from "./load-inventory.ts";
import { joinUnsound } from "./unsound.ts";

/**
 * Several inventories as one: a group in two of them has the hosts of both, and what they say of a host is joined. Two
 * that say different things of one host are a problem.
 */
export function joinInventories(all: readonly LoadedInventory[]): {
  readonly inventory: LoadedInventory | undefined;
  readonly problems: readonly FlowProblem[];
} {
  const [first, ...others] = all;
  if (first === undefined || others.length === 0) return { inventory: first, problems: [] };
  const groups = new Map(Object.entries(first.inventory.groups ?? {}));
  const hosts = new Map(Object.entries(first.inventory.hosts ?? {}));
  const origins = new Map<string, LoadedInventory>();
  const notes: PlanNote[] = [];
  const problems: FlowProblem[] = [];
  for (const one of others) {
    for (const [name, expression] of Object.entries(one.inventory.groups ?? {})) {
      const before = groups.get(name);
      if (before !== undefined) notes.push(inTwo(name, origins.get(`groups ${name}`) ?? first, one));
      addGroup(groups, name, expression);
      origins.set(`groups ${name}`, one);
    }
    for (const [key, entry] of Object.entries(one.inventory.hosts ?? {})) {
      const before = hosts.get(key);
      problems.push(...differingIn(one, key, before, entry));
      hosts.set(key, before === undefined ? entry : joinEntries(before, entry));
      origins.set(`hosts ${key}`, one);
    }
  }
  const unsound = joinUnsound(all);
  // The hosts of both can no longer be told.
  for (const name of unsound.groups.keys()) groups.delete(name);
  const inventory: WrittenInventory = {
    groups: Object.fromEntries(groups),
    hosts: Object.fromEntries(hosts),
  };
  const joined: LoadedInventory = {
    files: all.flatMap(({ files }) => files),
    inventory,
    unsound,
    problemAt: (position, message, hint) => {
      const [kind = "", name = ""] = position.path;
      return (origins.get(`${kind} ${name}`) ?? first).problemAt(position, message, hint);
    },
    notes: [...all.flatMap((one) => one.notes), ...notes],
  };
  return { inventory: joined, problems };
}

/** Operators go from left to right: behind a comma only what has none but commas means the same as by itself. */
function addGroup(groups: Map<string, string>, name: string, expression: string): void {
  const before = groups.get(name);
  if (before === undefined || before === expression) groups.set(name, expression);
  else if (!/[!&^]/.test(expression)) groups.set(name, `${before},${expression}`);
  else if (!/[!&^]/.test(before)) groups.set(name, `${expression},${before}`);
  else {
    let part = `${name}.2`;
    for (let number = 3; groups.has(part); number += 1) part = `${name}.${number}`;
    groups.set(part, expression);
    groups.set(name, `${before},@${part}`);
  }
}

function inTwo(name: string, a: LoadedInventory, b: LoadedInventory): PlanNote {
  const [before, here] = [a.files.join(", "), b.files.join(", ")];
  const message = `group ${name} is in ${before} and in ${here}: it has the hosts of both`;
  return { kind: "inventory", warning: false, message };
}

function differingIn(
  one: LoadedInventory,
  key: string,
  before: HostEntry | undefined,
  entry: HostEntry,
): readonly FlowProblem[] {
  if (before === undefined) return [];
  const hint = "say it in one of the two";
  return differences(key, before, entry, "in an inventory before").map(([field, message]) =>
    one.problemAt({ path: ["hosts", key, ...field.split(" ")] }, message, hint),
  );
}
