const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/**
 * How long to wait before the next round of connecting: doubling from 100 ms to 5 s, and of that between a half
 * and all, so that a hundred workers do not come back in one instant. No wait before the first round.
 *
 * @param failedRounds rounds that failed since a connection last held
 * @param random from 0 (included) to 1 (excluded)
 */
export function backoffMs(failedRounds: number, random: number): number {
  if (failedRounds <= 0) return 0;
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failedRounds - 1, 30));
  return full * (0.5 + random / 2);
}
