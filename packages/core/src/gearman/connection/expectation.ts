import type { Connection } from "./connection.ts";

/**
 * What the job server owes: where it does not come within a time, the connection is made anew. A server that answers
 * pings can still have lost one answer, and nobody would ask for it again.
 */
export class Expectation {
  readonly #connection: Pick<Connection, "destroy" | "held">;
  readonly #what: string;
  readonly #withinMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param what completes "no …" */
  constructor(connection: Pick<Connection, "destroy" | "held">, what: string, withinMs: number) {
    this.#connection = connection;
    this.#what = what;
    this.#withinMs = withinMs;
  }

  /** From now on it is owed; said again, it has all its time again. */
  begin(): void {
    clearTimeout(this.#timer);
    // After a stall of this very process its timers run before it has read: look once it has.
    this.#timer = setTimeout(() => setImmediate(() => this.#late()), this.#withinMs);
  }

  /** It has come, or the connection is gone. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #late(): void {
    if (this.#timer === undefined) return;
    // What we do not read may have come.
    if (this.#connection.held) this.begin();
    else this.#connection.destroy(`no ${this.#what} within ${this.#withinMs} ms`);
  }
}
