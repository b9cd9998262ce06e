import type { HostEntry } from "../schema/inventory-schema.ts";
import { quote } from "../source/visible.ts";

const FIELDS = ["address", "port", "user", "pool"] as const;

/**
 * Fields (`env NAME` for a variable) of which two entries say different things, and how to tell it.
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
  const variables = Object.entries(b.env ?? {}).filter(
    ([variable, value]) => a.env?.[variable] !== undefined && a.env[variable] !== value,
  );
  return [
    ...fields.map((field) => [field, tell(field, a[field], b[field])] as const),
    ...variables.map(
      ([variable, value]) => [`env ${variable}`, tell(variable, a.env?.[variable], value)] as const,
    ),
  ];
}

/** All that both say; where they differ, what the second does. */
export function joinEntries(a: HostEntry, b: HostEntry): HostEntry {
  const env = { ...a.env, ...b.env };
  return { ...a, ...b, ...(Object.keys(env).length === 0 ? {} : { env }) };
}
