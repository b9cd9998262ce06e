const WINDOW_MS = 60_000;
/** More of one minute are counted, not told one by one. */
const MAX_TOLD = 60;

/** Which of many refusals are told one by one: a flood of them is told by its number. */
export class RefusalCount {
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #told = 0;
  #left = 0;

  /** `tell`: this one; `left`: how many of the window before were not told. */
  next(nowMs: number): { readonly tell: boolean; readonly left: number } {
    let left = 0;
    if (nowMs - this.#windowStartMs >= WINDOW_MS || nowMs < this.#windowStartMs) {
      left = this.#left;
      this.#windowStartMs = nowMs;
      this.#told = 0;
      this.#left = 0;
    }
    const tell = this.#told < MAX_TOLD;
    if (tell) this.#told += 1;
    else this.#left += 1;
    return { tell, left };
  }
}
