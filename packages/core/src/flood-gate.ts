const WINDOW_MS = 60_000;
/** More of one minute are counted, not told one by one. */
const MAX_TOLD = 60;

/**
 * Which of many messages are told one by one, where anybody can bring them about: a flood of them is told by its number,
 * so that it fills no disk.
 */
export class FloodGate {
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #told = 0;
  #left = 0;

  /** `tell`: this one; `left`: how many before were not told, and have not been counted yet. */
  next(nowMs: number): { readonly tell: boolean; readonly left: number } {
    let left = 0;
    if (nowMs - this.#windowStartMs >= WINDOW_MS || nowMs < this.#windowStartMs) {
      left = this.rest();
      this.#windowStartMs = nowMs;
      this.#told = 0;
    }
    const tell = this.#told < MAX_TOLD;
    if (tell) this.#told += 1;
    else this.#left += 1;
    return { tell, left };
  }

  /** How many were not told, and are counted by this. */
  rest(): number {
    const left = this.#left;
    this.#left = 0;
    return left;
  }
}
