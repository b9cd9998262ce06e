/** One key can arrive several times at once: from the terminal, and from whatever started us. */
const SAME_SIGNAL_MS = 100;
/** A second press within this time may be an accident; what it does cannot be undone. */
const MEANT_AFTER_MS = 1000;

/** How often somebody has asked us to stop. */
export interface Presses {
  readonly count: number;
  /** When it was counted last. */
  readonly lastMs: number;
}

export const NO_PRESS: Presses = { count: 0, lastMs: Number.NEGATIVE_INFINITY };

/** What one more signal is: counted, the same press once more, or too soon to be meant. */
export type Press =
  { readonly kind: "counted"; readonly presses: Presses } | { readonly kind: "same" | "tooSoon" };

export function pressed({ count, lastMs }: Presses, nowMs: number): Press {
  const sinceMs = nowMs - lastMs;
  if (sinceMs < SAME_SIGNAL_MS) return { kind: "same" };
  if (sinceMs < MEANT_AFTER_MS) return { kind: "tooSoon" };
  return { kind: "counted", presses: { count: count + 1, lastMs: nowMs } };
}
