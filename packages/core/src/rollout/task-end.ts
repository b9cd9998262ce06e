import { resubmitDelayMs, retryDelayMs } from "./delays.ts";
import type { JobState } from "./job-state.ts";
import { lose } from "./lost.ts";
import type { TaskEnd } from "./machine-events.ts";
import { isFailure } from "./outcome.ts";
import { announce, type Turn } from "./state.ts";
import { refOf, type TaskState } from "./task-state.ts";
import { endTask, waitInMode } from "./tasks.ts";
import { everyWorkerBlamesItself, heardBlame, heardGood, nameOf } from "./workers.ts";

/**
 * Takes down how an attempt ended: its worker's own fault (no outcome, submitted again), an attempt that
 * another follows, or the task's final end.
 *
 * @returns why the run must be interrupted: every worker blames itself, and the task stays open.
 */
export function takeEnd(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): string | undefined {
  if (task.mode === "retrying") return undefined; // a word on the attempt before
  const fault = isWorkersFault(end);
  if (fault && task.mode === "resubmitting") return undefined; // said twice
  hear(turn, task, end, fault);
  if (task.lost !== undefined && (fault || end.outcome === "unreachable")) {
    return takeNoNews(turn, job, task, end, fault);
  }
  if (fault) return takeBlame(turn, job, task, end);
  if (end.outcome === "skipped") endUnstarted(turn, job, task, end);
  else if (mayRetry(job, task, end)) retry(turn, job, task, end);
  else endTask(turn, job, task, refOf(task), end);
  return undefined;
}

/**
 * The worker's fault, and nothing that ran: no outcome at all. A command that ran to an end counts, whoever
 * takes the blame, and one that may still run must not be submitted a second time as if it had not begun.
 */
function isWorkersFault(end: TaskEnd): boolean {
  if (end.blame !== "worker") return false;
  if (end.outcome === "unknown") return end.mayBeRunning !== true;
  return end.outcome === "unreachable" || end.outcome === "refused";
}

function hear(turn: Turn, task: TaskState, end: TaskEnd, fault: boolean): void {
  const { workers } = turn.run;
  const worker = end.worker ?? task.worker;
  if (!fault) {
    if (end.outcome !== "skipped") heardGood(workers, worker);
    return;
  }
  heardBlame(turn, worker, end.reason ?? end.outcome);
  if (task.resubmissions === 0) task.goodWordsAtBlame = workers.goodWords;
}

/** This submission never began, but one before it was lost, and of that the answer says nothing. */
function takeNoNews(
  turn: Turn,
  job: JobState,
  task: TaskState,
  end: TaskEnd,
  fault: boolean,
): string | undefined {
  if (fault && isUsedUp(turn, task)) return refuseToCount(turn, task, end);
  if (fault) task.resubmissions += 1;
  lose(turn, job, task, { reason: end.reason ?? end.outcome, answered: true });
  return undefined;
}

function takeBlame(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): string | undefined {
  if (job.mode !== "running") {
    if (end.outcome === "unknown") endTask(turn, job, task, refOf(task), end);
    else endUnstarted(turn, job, task, end);
    return undefined;
  }
  if (task.resubmissions < turn.run.options.maxResubmissions) {
    resubmit(turn, task, end);
    return undefined;
  }
  if (isUsedUp(turn, task)) return refuseToCount(turn, task, end);
  if (mayRetry(job, task, end)) retry(turn, job, task, end);
  else endTask(turn, job, task, refOf(task), end);
  return undefined;
}

/** All resubmissions met workers that blame themselves, and there is no other worker to be seen. */
function isUsedUp({ run }: Turn, task: TaskState): boolean {
  if (task.resubmissions < run.options.maxResubmissions) return false;
  return everyWorkerBlamesItself(run.workers, task.goodWordsAtBlame);
}

function refuseToCount(turn: Turn, task: TaskState, end: TaskEnd): string {
  announce(turn, { type: "taskEnded", task: refOf(task), final: false, end });
  return `every worker blames itself; ${nameOf(end.worker ?? task.worker)} says: ${end.reason ?? end.outcome}`;
}

function resubmit(turn: Turn, task: TaskState, end: TaskEnd): void {
  const reason = `${nameOf(end.worker ?? task.worker)} blames itself: ${end.reason ?? end.outcome}`;
  const inMs = resubmitDelayMs(task.resubmissions);
  task.resubmissions += 1;
  announce(turn, { type: "taskEnded", task: refOf(task), final: false, end });
  announce(turn, { type: "taskRetrying", task: refOf(task), inMs, reason, sameAttempt: true });
  waitInMode(turn, task, "resubmitting", inMs);
  task.mayHaveBegun = end.outcome === "unknown";
}

/** Never while the last attempt may still run: one host never has two live attempts of one job. */
export function mayRetry(job: JobState, task: TaskState, end: TaskEnd): boolean {
  if (job.mode !== "running" || task.attempt > job.plan.retries) return false;
  if (end.noRetry === true || end.mayBeRunning === true) return false;
  return isFailure(end.outcome) && job.plan.retryOn.includes(end.outcome);
}

function retry(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): void {
  const ref = refOf(task);
  const inMs = retryDelayMs(job.plan.retryDelayMs, turn.run.options.seed, ref);
  announce(turn, { type: "taskEnded", task: ref, final: false, end });
  announce(turn, { type: "taskRetrying", task: ref, inMs, reason: end.reason ?? end.outcome });
  task.lastEnd = { task: ref, end };
  waitInMode(turn, task, "retrying", inMs);
}

/** An attempt that never began: the host ends as its attempt before did, or was never started at all. */
function endUnstarted(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): void {
  const ref = refOf(task);
  const skipped: TaskEnd = end.outcome === "skipped" ? end : { ...end, outcome: "skipped" };
  if (task.lastEnd === undefined) {
    endTask(turn, job, task, ref, skipped);
    return;
  }
  announce(turn, { type: "taskEnded", task: ref, final: false, end: skipped });
  endTask(turn, job, task, task.lastEnd.task, task.lastEnd.end);
}
