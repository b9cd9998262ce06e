import {
  taskKey,
  type RolloutAction,
  type RolloutEvent,
  type TaskRef,
  type TaskReport,
} from "@roadrunner/core";
import type { WaitingReport } from "../resume/waiting-reports.ts";

type Announce = Extract<RolloutAction, { type: "announce" }>;

/**
 * Which report of a worker belongs to which end that is announced: to the end that it came with, and, where the host
 * waited for another attempt that never comes, to the final end that repeats it.
 */
export class Reports {
  /** By task: of the last attempt that was not the final one. */
  readonly #waiting = new Map<string, WaitingReport>();

  /** What was waiting when a resumed run was left. */
  recall(waiting: ReadonlyMap<string, WaitingReport>): void {
    for (const [key, report] of waiting) this.#waiting.set(key, report);
  }

  for(
    { announcement }: Announce,
    event: RolloutEvent,
    report: TaskReport | undefined,
  ): TaskReport | undefined {
    if (announcement.type !== "taskEnded") return undefined;
    const { task, final } = announcement;
    const key = taskKey(task);
    const own = event.type === "taskEnded" && sameTask(task, event.task) ? report : undefined;
    const before = this.#waiting.get(key);
    if (final) this.#waiting.delete(key);
    else if (own !== undefined && announcement.end.outcome !== "skipped")
      this.#waiting.set(key, { attempt: task.attempt, report: own });
    return own ?? (before?.attempt === task.attempt && final ? before.report : undefined);
  }
}

function sameTask(a: TaskRef, b: TaskRef): boolean {
  return taskKey(a) === taskKey(b) && a.attempt === b.attempt;
}
