import { setTimeout as sleep } from "node:timers/promises";

/** What waits, and is to go on sooner when somebody says something. */
export class Hurry {
  #said = new AbortController();

  /** Whatever waits now waits no longer. */
  wake(): void {
    this.#said.abort();
  }

  /** Ended sooner where it was woken since the last pause. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#said.signal }).catch(() => undefined);
    this.#said = new AbortController();
  }

  /** Undefined: somebody wants it sooner. */
  async unless<T>(promise: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#said;
    const woken = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    return Promise.race([promise, woken]);
  }
}
