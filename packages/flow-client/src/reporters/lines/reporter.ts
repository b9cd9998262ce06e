import type { RunEvent } from "@roadrunner/core";

/** A view of a run: made from its events, line by line. */
export interface Reporter {
  /** Takes in the past of a run that goes on here, of which nothing is to be told again. */
  recall(events: readonly RunEvent[]): void;
  /** Lines to print now, for the events of one decision. */
  report(events: readonly RunEvent[]): readonly string[];
  /** Called a few times a second: lines that were held back to be told together. */
  tick(nowMs: number): readonly string[];
  /** All lines that are held back, since something else is to be printed now. */
  flush(): readonly string[];
  /** The last lines, after the run's end or interruption. */
  end(): readonly string[];
  /** What stands below all printed lines and is drawn anew after each tick. Only for a terminal. */
  board?(size: BoardSize, nowMs: number): readonly string[];
}

/** Of a terminal; 0 where it does not say. */
export interface BoardSize {
  readonly columns: number;
  readonly rows: number;
}
