import type { JobState } from "./job-state.ts";
import type { TaskEnd } from "./machine-events.ts";
import { announce, type Turn } from "./state.ts";
import { mayRetry } from "./task-end.ts";
import { refOf, type TaskState } from "./task-state.ts";
import { endTask } from "./tasks.ts";

/** Nothing more is submitted and nothing more decided; what is submitted and not started is withdrawn. */
export function interrupt(turn: Turn, reason: string): void {
  const { run } = turn;
  if (run.mode === "interrupted") return;
  run.mode = "interrupted";
  turn.actions.push({ type: "interrupt", reason });
  for (const job of run.jobs) {
    if (job.inFlight.size > 0) turn.actions.push({ type: "revoke", ...job.ref });
  }
}

/** Takes down ends that are true whatever a resume decides; all else stays open for it. */
export function takeEndWhileInterrupted(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): void {
  if (task.mode === "retrying" || task.mode === "resubmitting") return;
  if (end.outcome === "skipped") return;
  const open =
    end.blame === "worker" ||
    (task.lost !== undefined && end.outcome === "unreachable") ||
    mayRetry(job, task, end);
  if (open) announce(turn, { type: "taskEnded", task: refOf(task), final: false, end });
  else endTask(turn, job, task, refOf(task), end);
}
