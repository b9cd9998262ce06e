/**
 * The places of a worker: how many Gearman jobs may run at once, over all its links and, where they share it, over
 * several workers of one process. Whoever waits is served in the order of asking.
 */
export class Places {
  readonly total: number;
  #inUse = 0;
  readonly #waiting = new Set<() => void>();

  constructor(total: number) {
    if (!Number.isInteger(total) || total < 1) throw new RangeError(`bug: ${total} places`);
    this.total = total;
  }

  /** Reserved for a grab, or taken by a running job. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Calls `granted` once, when a place is free: at once or later. Returns how to stop waiting. */
  claim(granted: () => void): () => void {
    const waiter = () => granted();
    this.#waiting.add(waiter);
    this.#serve();
    return () => this.#waiting.delete(waiter);
  }

  release(): void {
    if (this.#inUse === 0) throw new Error("bug: a place was released that nobody held");
    this.#inUse -= 1;
    this.#serve();
  }

  #serve(): void {
    for (const waiter of this.#waiting) {
      if (this.#inUse === this.total) return;
      this.#waiting.delete(waiter);
      this.#inUse += 1;
      waiter();
    }
  }
}
