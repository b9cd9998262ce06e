import type { HostEntry } from "../schema/inventory-schema.ts";
import { quote } from "../source/visible.ts";

const FIELDS = ["address", "port", "user", "pool", "transport"] as const;

/** Fields that name values, and what one of these is called. */
const NAMED = [
  ["env", ""],
  ["labels", "label "],
] as const;

/** What the inventory says is the value of this label on a host. */
export function labelOf(entry: HostEntry | undefined, name: string): string | undefined {
  return valueIn(entry?.labels, name);
}

/** One that is named as what every object has (`constructor`) is none of these. */
function valueIn(values: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

/**
 * Fields (`env NAME` for a variable, `labels NAME` for a label) of which two entries say different things, and how to tell it.
 * @param where the first of them stands
 */
export function differences(
  name: string,
  a: HostEntry,
  b: HostEntry,
  where: string,
): readonly (readonly [string, string])[] {
  const tell = (what: string, before: unknown, here: unknown): string =>
    `${what} of ${name} is ${quote(here)} here and ${quote(before)} ${where}`;
  const fields = FIELDS.filter(
    (field) => a[field] !== undefined && b[field] !== undefined && a[field] !== b[field],
  );
  const named = NAMED.flatMap(([field, kind]) =>
    Object.entries(b[field] ?? {}).flatMap(([key, here]) => {
      const before = valueIn(a[field], key);
      return before === undefined || before === here
        ? []
        : [[`${field} ${key}`, tell(`${kind}${key}`, before, here)] as const];
    }),
  );
  return [...fields.map((field) => [field, tell(field, a[field], b[field])] as const), ...named];
}

/** All that both say; where they differ, what the second does. */
export function joinEntries(a: HostEntry, b: HostEntry): HostEntry {
  const named = NAMED.flatMap(([field]) => {
    const values = { ...a[field], ...b[field] };
    return Object.keys(values).length === 0 ? [] : [[field, values] as const];
  });
  return { ...a, ...b, ...Object.fromEntries(named) };
}
