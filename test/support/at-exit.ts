/** What is still to be cleaned up, by what it is; the order is that of creation. */
const pending = new Map<symbol, { readonly what: string; readonly cleanUp: () => void }>();
let hooked = false;

/**
 * Has `cleanUp` called when this process ends and it was not done before; returns the word that it was done.
 * `cleanUp` must be synchronous and must not throw.
 */
export function atExit(what: string, cleanUp: () => void): () => void {
  if (!hooked) {
    hooked = true;
    process.once("exit", cleanUpAll);
  }
  const key = Symbol(what);
  pending.set(key, { what, cleanUp });
  return () => pending.delete(key);
}

/** Processes and folders that tests made and have not stopped or removed yet. */
export function leftovers(): string[] {
  return Array.from(pending.values(), ({ what }) => what);
}

function cleanUpAll(): void {
  // Last made, first undone: a folder goes after the server that runs in it.
  for (const { cleanUp } of Array.from(pending.values()).reverse()) cleanUp();
}
