import { Heap } from "../heap.ts";

/** A time at which something is due; cancelled ones are dropped when they come up. */
export interface Timer<What> {
  readonly at: number;
  readonly what: What;
  cancelled: boolean;
}

/** Timers by their time. Equal times come up in the order in which they were added. */
export class Timers<What> {
  readonly #heap = new Heap<{ timer: Timer<What>; order: number }>(
    (one, other) =>
      one.timer.at < other.timer.at || (one.timer.at === other.timer.at && one.order < other.order),
  );
  #added = 0;

  add(at: number, what: What): Timer<What> {
    const timer = { at, what, cancelled: false };
    this.#heap.add({ timer, order: this.#added++ });
    return timer;
  }

  /** The time of the earliest timer that still stands. */
  earliest(): number | undefined {
    while (this.#heap.first()?.timer.cancelled === true) this.#heap.takeFirst();
    return this.#heap.first()?.timer.at;
  }

  /** Takes out the earliest timer that is due at `now`. */
  takeDue(now: number): What | undefined {
    const at = this.earliest();
    if (at === undefined || at > now) return undefined;
    return this.#heap.takeFirst()?.timer.what;
  }
}
