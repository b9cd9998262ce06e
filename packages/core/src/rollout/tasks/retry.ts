import { retryDelayMs } from "./delays.ts";
import { retriesOf } from "../plan/stages.ts";
import type { JobState } from "../state/job-state.ts";
import type { TaskEnd } from "../machine-events.ts";
import { isFailure } from "../../work/outcome.ts";
import { announce, type Turn } from "../state/state.ts";
import { nextAttempt, refOf, type TaskState } from "../state/task-state.ts";
import { askFor, endTask, noteStart, waitInMode } from "./tasks.ts";
import { mayStart } from "./way.ts";

/** A host's attempt has ended: another one follows, or it was the last. */
export function retryOrEnd(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): void {
  if (mayRetry(job, task, end)) retry(turn, job, task, end);
  else endTask(turn, job, task, refOf(task), end);
}

/** Never while the last attempt may still run: one host never has two live attempts of one job. */
export function mayRetry(job: JobState, task: TaskState, end: TaskEnd): boolean {
  const { retries, retryOn } = retriesOf(job.plan, task.ref.stage);
  if (!mayStart(job, task) || task.attempt - task.first >= retries) return false;
  if (end.noRetry === true || end.mayBeRunning === true) return false;
  return isFailure(end.outcome) && retryOn.includes(end.outcome);
}

function retry(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): void {
  const ref = refOf(task);
  const failedBefore = task.attempt - task.first;
  const baseMs = retriesOf(job.plan, ref.stage).retryDelayMs;
  const inMs = retryDelayMs(baseMs, failedBefore, turn.run.options.seed, ref);
  announce(turn, { type: "taskEnded", task: ref, final: false, end });
  announce(turn, { type: "taskRetrying", task: ref, inMs, reason: end.reason ?? end.outcome });
  noteStart(job, task, end);
  task.lastEnd = { task: ref, end };
  if (inMs > 0) waitInMode(turn, task, "retrying", inMs);
  else submitNextAttempt(turn, job, task);
}

export function submitNextAttempt(turn: Turn, job: JobState, task: TaskState): void {
  nextAttempt(task);
  askFor(turn, job, task);
}

/** An attempt that never began: the host ends as its attempt before did, or was never started at all. */
export function endUnstarted(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): void {
  const ref = refOf(task);
  const skipped: TaskEnd = end.outcome === "skipped" ? end : { ...end, outcome: "skipped" };
  if (task.lastEnd === undefined) {
    endTask(turn, job, task, ref, skipped);
    return;
  }
  announce(turn, { type: "taskEnded", task: ref, final: false, end: skipped });
  endTask(turn, job, task, task.lastEnd.task, task.lastEnd.end);
}

/** How often the attempts of a host may be found closed, each by another stop or interruption. */
const MOST_ANEW = 20;

/**
 * A worker found the attempt's record closed, though nothing here has asked for that: somebody did before the run
 * was resumed. Nobody will ever start this attempt.
 */
export function mayStartAnew(job: JobState, task: TaskState, end: TaskEnd): boolean {
  return mayStart(job, task) && end.worker !== undefined && task.attempt <= MOST_ANEW;
}

/** The next attempt follows, which is no retry: the one before never began. */
export function startAnew(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): void {
  const ref = refOf(task);
  announce(turn, { type: "taskEnded", task: ref, final: false, end });
  announce(turn, { type: "taskRetrying", task: ref, inMs: 0, reason: end.reason ?? end.outcome });
  task.first += 1;
  submitNextAttempt(turn, job, task);
}
