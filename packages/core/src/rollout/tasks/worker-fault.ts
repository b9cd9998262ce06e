import { resubmitDelayMs } from "./delays.ts";
import type { JobState } from "../state/job-state.ts";
import { lose } from "./lost.ts";
import type { TaskEnd } from "../machine-events.ts";
import { endUnstarted, retryOrEnd } from "./retry.ts";
import { announce, type Turn } from "../state/state.ts";
import { refOf, type TaskState } from "../state/task-state.ts";
import { endTask, waitInMode } from "./tasks.ts";
import { mayStart } from "./way.ts";
import { everyWorkerBlamesItself, goodWorkerSeen, nameOf, sureOfBlameAt } from "../state/workers.ts";

/** How often an attempt is submitted again when its worker takes the blame. */
const MAX_RESUBMISSIONS = 3;

/** Why the run must be interrupted: every worker blames itself, and the task at hand stays open. */
export type WhyInterrupt = string | undefined;

/**
 * The worker's fault, and nothing that ran: no outcome at all. A command that ran to an end counts, whoever
 * takes the blame, and one that may still run must not be submitted a second time as if it had not begun.
 */
export function isWorkersFault(end: TaskEnd): boolean {
  if (end.blame !== "worker") return false;
  if (end.outcome === "unknown") return end.mayBeRunning !== true;
  return end.outcome === "unreachable" || end.outcome === "refused";
}

/**
 * The submission at hand never began, which says nothing of those before it that were lost. A worker's `skipped`
 * does: it has looked; one that names no worker comes of a submission that never left.
 */
export function isNoNews(task: TaskState, end: TaskEnd): boolean {
  if (task.lost === undefined) return false;
  if (end.outcome === "skipped") return end.worker === undefined;
  return end.outcome === "unreachable" || end.outcome === "refused" || isWorkersFault(end);
}

/** The same attempt goes to some worker again, a few times; nothing of this counts for the host until then. */
export function takeBlame(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): WhyInterrupt {
  const { workers, now } = turn.run;
  if (!mayStart(job, task)) {
    if (end.outcome === "unknown") endTask(turn, job, task, refOf(task), end);
    else endUnstarted(turn, job, task, end);
    return undefined;
  }
  if (everyWorkerBlamesItself(workers, now)) return leaveOpen(turn, task, end);
  if (task.resubmissions < MAX_RESUBMISSIONS) {
    resubmit(turn, task, end);
  } else if (othersDoWell(turn, task)) {
    retryOrEnd(turn, job, task, end);
  } else {
    waitInMode(turn, task, "resubmitting", sureOfBlameAt(workers, now) - now);
    task.usedUp = end;
  }
  return undefined;
}

/**
 * A task that was submitted again often enough has waited for a good word from any worker. If one came, this
 * host is what the workers fail on, and it counts.
 */
export function judgeUsedUp(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): WhyInterrupt {
  if (!othersDoWell(turn, task)) return leaveOpen(turn, task, end);
  retryOrEnd(turn, job, task, end);
  return undefined;
}

/** This submission never began, but one before it was lost, and of that the answer says nothing. */
export function takeNoNews(turn: Turn, job: JobState, task: TaskState, end: TaskEnd): WhyInterrupt {
  const { workers, now } = turn.run;
  if (isWorkersFault(end) && everyWorkerBlamesItself(workers, now)) {
    announce(turn, { type: "taskLost", task: refOf(task), reason: end.reason ?? end.outcome });
    return blameText(task, end);
  }
  const answered = end.outcome !== "skipped";
  lose(turn, job, task, { reason: end.reason ?? end.outcome, answered });
  return undefined;
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

function othersDoWell({ run }: Turn, task: TaskState): boolean {
  return run.workers.goodWords !== task.goodWordsAtBlame || goodWorkerSeen(run.workers);
}

/** Whoever goes on with the run submits it again, as often as it takes. */
function leaveOpen(turn: Turn, task: TaskState, end: TaskEnd): string {
  announce(turn, { type: "taskEnded", task: refOf(task), final: false, end });
  task.resubmissions = 0;
  task.usedUp = undefined;
  waitInMode(turn, task, "resubmitting", resubmitDelayMs(0));
  task.mayHaveBegun = end.outcome === "unknown";
  return blameText(task, end);
}

function blameText(task: TaskState, end: TaskEnd): string {
  return `every worker blames itself; ${nameOf(end.worker ?? task.worker)} says: ${end.reason ?? end.outcome}`;
}
