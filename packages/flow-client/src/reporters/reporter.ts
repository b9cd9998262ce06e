import type { RunEvent } from "@roadrunner/core";

/** A view of a run: made from its events, line by line. */
export interface Reporter {
  /** Lines to print now, for the events of one decision. */
  report(events: readonly RunEvent[]): readonly string[];
  /** Called a few times a second: lines that were held back to be told together. */
  tick(nowMs: number): readonly string[];
  /** The last lines, after the run's end or interruption. */
  end(): readonly string[];
}
