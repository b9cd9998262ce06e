/**
 * When a command has run out of its time, by this worker's clock: its host may make that shorter (it has run for a
 * while already), and never longer, however often it says that it starts.
 */
export class TimeLimit {
  #endsAt = Number.POSITIVE_INFINITY;

  /** It has run for `ageMs` and may run for `limitMs` in all. */
  set(limitMs: number, ageMs: number): void {
    this.#endsAt = Math.min(this.#endsAt, performance.now() + Math.max(0, limitMs - Math.max(0, ageMs)));
  }

  /** Infinity: not set. */
  get leftMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }
}
