/**
 * Failures are values: what can go wrong with data or with the world comes back as a `Result`;
 * exceptions are left for bugs.
 */
export type Result<T, E> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function succeed<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Marks a branch that the types rule out; reaching it is a bug. */
export function unreachable(value: never, what: string): never {
  throw new Error(`bug: unexpected ${what}: ${JSON.stringify(value)}`);
}
