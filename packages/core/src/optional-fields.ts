/**
 * Leaves out the fields that are undefined: in messages and events a field that is not there is left out, and
 * `exactOptionalPropertyTypes` keeps the two apart.
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** A field that is not there is left out, and never undefined. */
export type LeftOut<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** The fields of these names, as far as they are there. */
export function picked<T extends object, K extends keyof T>(
  larger: T,
  names: readonly K[],
): LeftOut<Pick<T, K>> {
  return Object.fromEntries(
    names.flatMap((name) => (larger[name] === undefined ? [] : [[name, larger[name]]])),
  ) as LeftOut<Pick<T, K>>;
}
