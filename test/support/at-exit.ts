/** What is still to be cleaned up, by the number that it was made as: in the order of creation. */
const pending = new Map<number, { readonly what: string; readonly cleanUp: () => void }>();
let made = 0;
let hooked = false;

/**
 * Has `cleanUp` called when this process ends and it was not done before; returns the word that it was done.
 * `cleanUp` must be synchronous and must not throw.
 */
export function atExit(what: string, cleanUp: () => void): () => void {
  if (!hooked) {
    hooked = true;
    process.once("exit", () => undoSince(0));
  }
  const number = made;
  made += 1;
  pending.set(number, { what, cleanUp });
  return () => pending.delete(number);
}

/** A point of time, for `leftoversSince` and `undoSince`. */
export function markNow(): number {
  return made;
}

/** Processes and folders that tests made since then and have not stopped or removed yet. */
export function leftoversSince(mark: number): string[] {
  return pendingSince(mark).map(([, { what }]) => what);
}

/** Stops and removes them. */
export function undoSince(mark: number): void {
  // Last made, first undone: a folder goes after the server that runs in it.
  for (const [number, { cleanUp }] of pendingSince(mark).reverse()) {
    pending.delete(number);
    cleanUp();
  }
}

function pendingSince(mark: number) {
  return [...pending].filter(([number]) => number >= mark);
}
