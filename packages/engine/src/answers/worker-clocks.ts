import { MAX_SKEW_MS, WARN_SKEW_MS } from "@roadrunner/core/signing";

/** The clocks of a run's workers against this box's. */
export class WorkerClocks {
  readonly #warnedOf = new Set<string>();

  /** What to tell of a worker whose clock is `aheadMs` before ours, once a worker; undefined: nothing. */
  compare(worker: string, aheadMs: number): string | undefined {
    if (Math.abs(aheadMs) <= WARN_SKEW_MS || this.#warnedOf.has(worker)) return undefined;
    this.#warnedOf.add(worker);
    const seconds = Math.round(Math.abs(aheadMs) / 1000);
    const most = MAX_SKEW_MS / 1000;
    const way = aheadMs > 0 ? "ahead of" : "behind";
    return `the clock of worker ${worker} is ${seconds} s ${way} this box's; over ${most} s it takes nothing signed here`;
  }
}
