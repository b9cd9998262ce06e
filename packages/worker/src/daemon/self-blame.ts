import type { Blame, Outcome } from "@roadrunner/core";

/** After this many tasks in a row that were its own fault, a worker stops grabbing. */
const MAX_OWN_FAULTS = 5;
/** And tries one task again this often. */
export const PROBE_EVERY_MS = 30_000;

/**
 * A worker that cannot do its work (no identity, no descriptors, no route) would eat a whole run, since it
 * fails faster than the others work. So it counts its own faults in a row.
 */
export class SelfBlame {
  #inARow = 0;
  #reason = "";

  /** Counts an outcome; true if the worker should stop grabbing now. */
  ended(outcome: Outcome, blame: Blame | undefined, reason: string | undefined): boolean {
    if (outcome === "skipped" || outcome === "cancelled" || blame === "submission") return this.faulty;
    if (blame !== "worker") {
      this.#inARow = 0;
      return false;
    }
    this.#inARow += 1;
    this.#reason = reason ?? "";
    return this.faulty;
  }

  get faulty(): boolean {
    return this.#inARow >= MAX_OWN_FAULTS;
  }

  get reason(): string {
    return `${this.#inARow} tasks in a row ended by this worker's own fault, the last one: ${this.#reason}`;
  }
}
