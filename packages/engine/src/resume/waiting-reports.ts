import { reportIn, type RunEvent, type TaskReport } from "@roadrunner/core";
import { nameKey } from "./names.ts";

/** What the worker reported of an attempt before the last one. */
export interface WaitingReport {
  readonly attempt: number;
  readonly report: TaskReport;
}

/** By `nameKey`: the last end of hosts without a final one. It becomes final if no other attempt follows. */
export function waitingReports(events: readonly RunEvent[]): ReadonlyMap<string, WaitingReport> {
  const waiting = new Map<string, WaitingReport>();
  for (const event of events) {
    if (event.type !== "task.ended") continue;
    if (event.final) waiting.delete(nameKey(event));
    // An attempt that never began does not take the place of the one before.
    else if (event.outcome !== "skipped")
      waiting.set(nameKey(event), { attempt: event.attempt, report: reportIn(event) });
  }
  return waiting;
}
