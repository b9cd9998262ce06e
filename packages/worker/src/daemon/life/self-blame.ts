import type { OutcomeMessage } from "@roadrunner/core";

/** After this many tasks in a row that were its own fault, a worker stops grabbing. */
const MAX_OWN_FAULTS = 5;
/** And tries one task again this often. */
export const PROBE_EVERY_MS = 30_000;

type Ended = Pick<OutcomeMessage, "outcome" | "blame" | "ofTask" | "host" | "reason">;

/**
 * A worker that cannot do its work (no identity, no descriptors, no route) would eat a whole run, since it
 * fails faster than the others work. So it counts its own faults in a row. What a task brought with it does not
 * count, or whoever sends tasks could stop the worker for everybody.
 */
export class SelfBlame {
  #inARow = 0;
  /** Hosts of those faults. */
  readonly #hosts = new Set<string>();
  #reason = "";

  /** Counts an outcome; true if the worker should stop grabbing now. */
  ended(end: Ended): boolean {
    if (saysNothing(end)) return this.faulty;
    if (end.blame !== "worker") {
      this.#inARow = 0;
      this.#hosts.clear();
      return false;
    }
    // A name or an address that leads nowhere fails each time, and says nothing of the way to others.
    if (end.host !== "" && this.#hosts.has(end.host)) return this.faulty;
    if (!this.faulty) this.#hosts.add(end.host);
    this.#inARow += 1;
    this.#reason = end.reason ?? "";
    return this.faulty;
  }

  get faulty(): boolean {
    return this.#inARow >= MAX_OWN_FAULTS;
  }

  get reason(): string {
    return `${this.#inARow} tasks in a row ended by this worker's own fault, the last one: ${this.#reason}`;
  }
}

/** Whether it tells nothing of what this worker can do: `unknown` is what became of a task elsewhere. */
function saysNothing({ outcome, blame, ofTask }: Ended): boolean {
  if (outcome === "skipped" || outcome === "cancelled" || blame === "submission") return true;
  return blame === "worker" && (ofTask === true || outcome === "unknown");
}
