import type { JobState } from "./state/job-state.ts";
import type { TaskEnd } from "./machine-events.ts";
import { announce, type Turn } from "./state/state.ts";
import { mayRetry } from "./tasks/retry.ts";
import { refOf, type TaskState } from "./state/task-state.ts";
import { endTask } from "./tasks/tasks.ts";
import { isNoNews } from "./tasks/worker-fault.ts";

/** Nothing more is submitted and nothing more decided; what is submitted and not started is withdrawn. */
export function interrupt(turn: Turn, reason: string): void {
  const { run } = turn;
  if (run.past || run.mode === "interrupted") return;
  run.mode = "interrupted";
  turn.actions.push({ type: "interrupt", reason });
  for (const job of run.jobs) {
    if (job.inFlight.size > 0) turn.actions.push({ type: "revoke", ...job.ref });
  }
}

/**
 * Takes down ends that are true whatever a resume decides. All other tasks stay open for it, and nothing
 * more is heard of them here.
 */
export function takeEndWhileInterrupted(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): void {
  if (task.mode === "retrying" || task.mode === "resubmitting") return;
  if (isNoNews(task, end)) {
    loseWhileInterrupted(turn, job, task, end.reason ?? end.outcome);
    return;
  }
  if (isTrueForGood(job, task, end)) {
    endTask(turn, job, task, refOf(task), end);
    return;
  }
  job.inFlight.delete(task.ref.host);
  if (end.outcome !== "skipped") announce(turn, { type: "taskEnded", task: refOf(task), final: false, end });
}

export function loseWhileInterrupted(turn: Turn, job: JobState, task: TaskState, reason: string): void {
  job.inFlight.delete(task.ref.host);
  announce(turn, { type: "taskLost", task: refOf(task), reason });
}

function isTrueForGood(job: JobState, task: TaskState, end: TaskEnd): boolean {
  if (end.outcome === "skipped" || end.blame === "worker") return false;
  return !mayRetry(job, task, end);
}
