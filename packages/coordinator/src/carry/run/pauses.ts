const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** A run that went on for so long has got over what kept it. */
const GOT_OVER_MS = 5 * 60_000;

/** How long to wait before a run is gone on with that could not go on. @param failed times before, one after the other */
export function pauseMs(failed: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failed, 10));
}

/** Times that it failed one after the other, with one more that lasted so long. */
export function failedAgain(failed: number, lastedMs: number): number {
  return lastedMs >= GOT_OVER_MS ? 0 : failed + 1;
}
