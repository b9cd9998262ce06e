/** How long a job server that took no more ("queue full") is left alone. */
const REFUSED_PAUSE_MS = 1000;

/** While it runs nothing is submitted, since the job server has refused something. */
export class RefusalPause {
  readonly #over: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(over: () => void) {
    this.#over = over;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins, or begins anew. */
  begin(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#over();
    }, REFUSED_PAUSE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
