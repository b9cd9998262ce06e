import type { Result, RunEvent, Verdict } from "@roadrunner/core";

/** What became of a write: at once, or when it is known. The error says why it is not all there. */
export type Written = Result<void, string> | Promise<Result<void, string>>;

/** Where a run's events are written, before what they lead to is done. */
export interface RunJournal {
  /** The events of one decision, all or none. Appends are kept in the order in which they were asked for. */
  append(events: readonly RunEvent[]): Written;
}

/** Who is told what happens in a run. */
export interface RunView {
  /** Whether the commands' output is wanted as it comes. */
  readonly live: boolean;
  show(events: readonly RunEvent[]): void;
}

/** Who answers a run's questions. */
export interface Operator {
  /** Nobody is asked here: a warning tells of a slot that waits, for whoever answers elsewhere; a job that holds has an event. */
  readonly isElsewhere?: boolean;
  /**
   * Whether the next slot may start, or a job go on that holds; `stop`: neither, the run is to end; `nobody` where none is
   * here to ask, and then the run is left open when nothing else is left to do.
   * @param gone the question is needless, and why: whatever is answered counts no more
   */
  confirm(text: string, gone: AbortSignal): Promise<"yes" | "no" | "stop" | "nobody">;
}

/** How a run came to its end, or why it could not. */
export type RunResult =
  | { readonly kind: "ended"; readonly verdict: Verdict }
  | {
      readonly kind: "interrupted";
      readonly reason: string;
      /** Nobody answered its question: whoever goes on with it is asked the same. */
      readonly unconfirmed?: true;
    };
