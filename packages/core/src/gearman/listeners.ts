import { errorText, type AdapterLog } from "./adapter-log.ts";

/** Who wants to hear of something; one that throws is a bug that is logged, and keeps nobody else from hearing. */
export class Listeners<T> {
  readonly #what: string;
  readonly #log: AdapterLog;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(what: string, log: AdapterLog) {
    this.#what = what;
    this.#log = log;
  }

  /** Returns how to stop listening. */
  add(listener: (value: T) => void): () => void {
    const own = (value: T) => listener(value);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#log.error(`bug: a listener of ${this.#what} threw: ${errorText(error)}`);
      }
    }
  }
}
