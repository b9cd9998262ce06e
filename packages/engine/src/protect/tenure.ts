import type { Ownership } from "./ownership.ts";

/** What each workload says of its owner; workers know older epochs by it, and what came too late. */
export interface Stamp {
  readonly epoch: number;
  /** Milliseconds since the epoch, by the clock of the workers, as far as it is known. */
  readonly notAfterMs: number;
}

interface TenureOptions {
  readonly ownership: Ownership;
  /** Tells the workers that are there; ended when they have answered, or do not. */
  readonly announce: (stamp: Stamp) => Promise<void>;
  /** From now on tasks may start. */
  readonly onMayStart: () => void;
}

/**
 * A run that is carried in its owner's epoch: nothing starts before the workers have been told of it, and nothing is
 * submitted when the lease is over.
 */
export class Tenure {
  readonly #options: TenureOptions;
  #isAnnounced = false;
  /** The clock of some worker is so far before ours. */
  #aheadMs = 0;

  constructor(options: TenureOptions) {
    this.#options = options;
  }

  /** The first epoch has none before it that a worker could mistake for it. */
  begin(): void {
    if (this.#options.ownership.epoch > 1) void this.#announce().then(() => this.#mayStart());
    else this.#mayStart();
  }

  get mayStart(): boolean {
    return this.mayAsk && Date.now() < this.#startsUntilMs();
  }

  /** Whether what starts nothing may be sent: what ends tasks, or asks how they ended. */
  get mayAsk(): boolean {
    return this.#isAnnounced && Date.now() < this.#options.ownership.heldUntilMs();
  }

  stamp(): Stamp {
    const { ownership } = this.#options;
    // Clocks tell parts of a millisecond, and workers know none: down, or it would be longer than the lease.
    const untilMs = Math.min(ownership.heldUntilMs(), this.#startsUntilMs());
    return { epoch: ownership.epoch, notAfterMs: Math.floor(untilMs + this.#aheadMs) };
  }

  #startsUntilMs(): number {
    return this.#options.ownership.startsUntilMs?.() ?? Number.POSITIVE_INFINITY;
  }

  /** A worker's clock is so far before ours that it takes for late what is not. */
  workerAhead(aheadMs: number): void {
    this.#aheadMs = Math.max(this.#aheadMs, aheadMs);
  }

  /** The lease was renewed. @param isWaiting submissions wait for so long that they would come too late */
  renewed(isWaiting: boolean): void {
    if (isWaiting) void this.#announce();
    if (this.#isAnnounced) this.#options.onMayStart();
  }

  #announce(): Promise<void> {
    return this.#options.announce(this.stamp());
  }

  #mayStart(): void {
    this.#isAnnounced = true;
    this.#options.onMayStart();
  }
}
