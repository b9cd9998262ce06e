/** How long a job server that took no more ("queue full") is left alone. */
const PAUSE_MS = 1000;

interface RefusalOptions {
  /** For how long a job server may take nothing while it has nothing of this run. */
  readonly mostMs: number;
  /** The pause is over: it may be asked again. */
  readonly onOver: () => void;
  readonly onTooLong: (reason: string) => void;
}

/** Handles a job server that takes no submission: it pauses before each further one, and gives up at last. */
export class RefusedSubmissions {
  readonly #options: RefusalOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Submissions that it took and has not answered yet: while there are some, the run goes on. */
  #taken = 0;
  #sinceMs: number | undefined;

  constructor(options: RefusalOptions) {
    this.#options = options;
  }

  /** While it does nothing is submitted. */
  get pausing(): boolean {
    return this.#timer !== undefined;
  }

  taken(): void {
    this.#taken += 1;
    this.#sinceMs = undefined;
  }

  /** One that it had taken came to an end. */
  ended(): void {
    this.#taken -= 1;
    this.#sinceMs = undefined;
  }

  /** @param nowMs monotonic */
  refused(reason: string, nowMs: number): void {
    this.pause();
    if (this.#taken > 0) return;
    this.#sinceMs ??= nowMs;
    const { mostMs, onTooLong } = this.#options;
    if (nowMs - this.#sinceMs < mostMs) return;
    const seconds = Math.round(mostMs / 1000);
    onTooLong(
      `the job server took no task for ${seconds} s: ${reason}; a larger --server-timeout waits longer`,
    );
  }

  /** Begins, or begins anew. */
  pause(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#options.onOver();
    }, PAUSE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
