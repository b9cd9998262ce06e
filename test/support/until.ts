import { setTimeout as sleep } from "node:timers/promises";

/** Generous, since the tests share two cores with whatever else runs: who waits for a fact goes on as soon as it is there. */
const DEFAULT_WITHIN_MS = 60_000;
const POLL_MS = 20;
/** A look that is dear, such as one at all processes, is made less often: what is waited for needs the time more. */
const REST_PER_LOOK = 2;

export interface UntilOptions {
  /** Default 60 000 ms. */
  readonly withinMs?: number;
  /** Told in the failure: what was there instead. */
  readonly lastSeen?: () => unknown;
}

type Falsy = false | 0 | "" | null | undefined;

/**
 * Waits until `condition` gives something truthy and returns that.
 * Throws "waited 60000 ms for WHAT" and what was last seen; an exception of the condition passes through.
 *
 *     await until("both workers to register", async () => (await gearmand.workers("rr-run")) === 2);
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: UntilOptions = {},
): Promise<Exclude<T, Falsy>> {
  const withinMs = options.withinMs ?? DEFAULT_WITHIN_MS;
  const end = performance.now() + withinMs;
  for (;;) {
    // Asked once more after the time is up: on a busy machine the sleep itself may have overslept.
    const began = performance.now();
    const last = began >= end;
    const value = await condition();
    if (value) return value as Exclude<T, Falsy>;
    if (last) break;
    await sleep(Math.max(POLL_MS, REST_PER_LOOK * (performance.now() - began)));
  }
  const seen = options.lastSeen === undefined ? "" : `; last seen: ${describe(options.lastSeen())}`;
  throw new Error(`waited ${withinMs} ms for ${what}${seen}`);
}

/** The promise's value, or an error "waited N ms for WHAT". The promise itself goes on. */
export async function within<T>(what: string, promise: Promise<T>, withinMs = DEFAULT_WITHIN_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${withinMs} ms for ${what}`)), withinMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
