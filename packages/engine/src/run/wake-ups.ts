import type { EventClock } from "./clock.ts";

/** setTimeout holds 2^31 - 1 ms; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The times at which the decision machine wants to be woken. It is never told an earlier time than that: it asks
 * once. Node's timers go off up to a millisecond before the system's clock says so, and that clock can be set back
 * meanwhile.
 */
export class WakeUps {
  readonly #clock: EventClock;
  readonly #wake: (at: number) => void;
  readonly #timers = new Set<NodeJS.Timeout>();

  /** @param wake gets the time, milliseconds since the epoch */
  constructor(clock: EventClock, wake: (at: number) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** @param at milliseconds since the epoch */
  add(at: number): void {
    const leftMs = at - this.#clock.at(Date.now());
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        if (leftMs > MAX_TIMER_MS) this.add(at);
        else this.#wake(this.#clock.at(Math.max(Date.now(), at)));
      },
      Math.max(0, Math.min(leftMs, MAX_TIMER_MS)),
    );
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
