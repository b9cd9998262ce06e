export interface Rate {
  /** So many at once. */
  readonly burst: number;
  /** And so many a second in the long run. */
  readonly perSecond: number;
}

/** More are forgotten, the one first that has asked for nothing for the longest time. */
const MOST_ADDRESSES = 10_000;

/** How often each address may do something; one that does it too often keeps no other from it. */
export class Rates {
  readonly #rate: Rate;
  readonly #left = new Map<string, { readonly left: number; readonly atMs: number }>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Milliseconds until it may; 0: it may now, and has done it. */
  take(address: string, nowMs: number): number {
    const waitMs = this.wait(address, nowMs);
    if (waitMs > 0) return waitMs;
    const left = this.#leftOf(address, nowMs) - 1;
    this.#left.delete(address);
    this.#left.set(address, { left, atMs: nowMs });
    for (const oldest of this.#left.keys()) {
      if (this.#left.size <= MOST_ADDRESSES) break;
      this.#left.delete(oldest);
    }
    return 0;
  }

  /** As `take`, and it does nothing. */
  wait(address: string, nowMs: number): number {
    const left = this.#leftOf(address, nowMs);
    return left >= 1 ? 0 : Math.ceil(((1 - left) * 1000) / this.#rate.perSecond);
  }

  #leftOf(address: string, nowMs: number): number {
    const { burst, perSecond } = this.#rate;
    const known = this.#left.get(address);
    if (known === undefined) return burst;
    return Math.min(burst, known.left + ((nowMs - known.atMs) * perSecond) / 1000);
  }
}
