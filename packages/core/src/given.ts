/**
 * Leaves out the fields that are undefined: in messages and events a field that is not there is left out, and
 * `exactOptionalPropertyTypes` keeps the two apart.
 */
export function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
