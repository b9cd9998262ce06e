import { setTimeout as sleep } from "node:timers/promises";

/** How long faults last: until their time is over, or all is to be whole at once. */
export class Mending {
  readonly #now = new AbortController();

  get signal(): AbortSignal {
    return this.#now.signal;
  }

  async pass(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#now.signal }).catch(() => {});
  }

  /** What is broken is mended now. */
  hurry(): void {
    this.#now.abort();
  }
}
