import type { JobState } from "../state/job-state.ts";
import type { TaskEnd } from "../machine-events.ts";
import { endUnstarted, mayStartAnew, retryOrEnd, startAnew } from "./retry.ts";
import type { Turn } from "../state/state.ts";
import type { TaskState } from "../state/task-state.ts";
import { isNoNews, isWorkersFault, takeBlame, takeNoNews, type WhyInterrupt } from "./worker-fault.ts";
import { heardBlame, heardGood } from "../state/workers.ts";

/**
 * Takes down how a submission ended: its worker's own fault (no outcome, submitted again), no news of a lost
 * task, an attempt that another follows, or the task's final end.
 */
export function takeEnd(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): WhyInterrupt {
  if (task.mode === "retrying") return undefined; // a word on the attempt before
  const fault = isWorkersFault(end);
  if (fault && task.mode === "resubmitting") return undefined; // said twice
  hear(turn, task, end, fault);
  if (isNoNews(task, end)) return takeNoNews(turn, job, task, end);
  if (fault) return takeBlame(turn, job, task, end);
  if (end.outcome === "skipped" && mayStartAnew(job, task, end)) startAnew(turn, job, task, end);
  else if (end.outcome === "skipped") endUnstarted(turn, job, task, end);
  else retryOrEnd(turn, job, task, end);
  return undefined;
}

function hear(turn: Turn, task: TaskState, end: TaskEnd, fault: boolean): void {
  const { workers } = turn.run;
  const worker = end.worker ?? task.worker;
  if (fault) {
    heardBlame(turn, worker, end.reason ?? end.outcome);
    if (task.resubmissions === 0) task.goodWordsAtBlame = workers.goodWords;
  } else if (end.outcome !== "skipped") {
    heardGood(workers, worker);
  }
}
