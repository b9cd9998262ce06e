import type { TaskEnd, TaskRef } from "../machine-events.ts";
import type { Timer } from "./timers.ts";

/**
 * A task in flight holds one place of its job's window and is in one mode:
 *
 * - `queued`: a new attempt, to be submitted as soon as the host at which its stage runs has a place. In a recorded past
 *   it is left by what is recorded.
 * - `submitted`: asked of Gearman, not known to run. Entered by every submission.
 * - `started`: a worker said that it runs. Entered from any mode but `retrying` by that word.
 * - `asking`: lost; its timer asks again, as `submitted`.
 * - `resubmitting`: its worker took the blame; its timer submits the same attempt again, or, when it was
 *   submitted again often enough (`usedUp`), decides whether it counts or every worker blames itself.
 * - `retrying`: the attempt failed and another follows; its timer submits that. Words on the old one are ignored.
 *
 * A task leaves by its final end, whatever its mode. The three waiting modes alone have a timer. In `queued` and
 * `retrying` it has no place at the host where its stage runs: nothing of it is there.
 */
export type TaskMode = "queued" | "submitted" | "started" | "asking" | "resubmitting" | "retrying";

export interface TaskState {
  readonly ref: Omit<TaskRef, "attempt">;
  /** Number of the first attempt here; retries count from it. Attempts that were closed unused move it on. */
  first: number;
  attempt: number;
  mode: TaskMode;
  /** Submissions of this attempt. */
  submission: number;
  /** How often this attempt was submitted again since its worker took the blame. */
  resubmissions: number;
  /** What came back with the worker's blame was `unknown`: it is asked again, not submitted as new. */
  mayHaveBegun: boolean;
  /** Good words heard in the run when this attempt first met a worker that blames itself. */
  goodWordsAtBlame: number;
  /** The end that counts when resubmitting is over and other workers do well. */
  usedUp: TaskEnd | undefined;
  /** Who said that it runs. */
  worker: string | undefined;
  startedAt: number;
  lost: LostEpisode | undefined;
  /** The last attempt's end, while another attempt is to follow or is under way. */
  lastEnd: { readonly task: TaskRef; readonly end: TaskEnd } | undefined;
  timer: Timer<TimerCause> | undefined;
  /** Of the host, in a job with stages. */
  readonly way: WayState | undefined;
  /** Where its stage runs, if that is not the host whose way it is. */
  readonly at: AtHost | undefined;
}

/** A host at which stages of others run. */
export interface AtHost {
  readonly name: string;
  /** How many tasks of the run may be there at once. */
  readonly places: number;
  /** Those that are. */
  readonly there: Set<TaskState>;
  /** Those that are queued, in order. */
  readonly queue: {
    /** They go first: of hosts on their way, which are out of service as long as they wait. */
    readonly onTheirWay: Set<TaskState>;
    readonly settingOut: Set<TaskState>;
  };
}

/** How a host's way has gone so far; handed on from stage to stage. */
export interface WayState {
  /** The first stage that did not end ok, which decides. */
  decided: { readonly stage: number; readonly end: TaskEnd } | undefined;
  /** The stage with which the host sets out: the first one, but for a question before it. */
  readonly first: number;
  /** Of a job that asks first: the way was found to be needed. */
  isNeeded: boolean;
  /** Later stages that did not end ok either: those that run always. */
  readonly also: { readonly stage: number; readonly end: TaskEnd }[];
  /** The attempt of its first stage that ended: that of the host's end. */
  attempt: number;
}

/** From the first loss until the task runs undisturbed again. */
export interface LostEpisode {
  /** How often it was asked again. */
  asks: number;
  /** Time that counts towards lostTimeoutMs. */
  silentMs: number;
  lastWordAt: number;
}

export type TimerCause =
  | { readonly type: "task"; readonly task: TaskState }
  | { readonly type: "step"; readonly job: number }
  /** Of a gate: to ask again, or the time for an answer. */
  | { readonly type: "gate"; readonly job: number; readonly gate: number }
  | { readonly type: "bake"; readonly job: number };

/** The host has not begun its way, or is only asked whether it is needed; without stages every task is such. */
export function isSettingOut({ ref: { stage = 0 }, way }: TaskState): boolean {
  return stage <= (way?.first ?? 0);
}

export function newTask(
  ref: Omit<TaskRef, "attempt">,
  first: number,
  way?: WayState,
  at?: AtHost,
): TaskState {
  return {
    ref,
    mode: "queued",
    at,
    worker: undefined,
    startedAt: 0,
    lastEnd: undefined,
    timer: undefined,
    way,
    first,
    ...attemptOf(first),
  };
}

export function nextAttempt(task: TaskState): void {
  Object.assign(task, attemptOf(task.attempt + 1));
}

/** What a new attempt begins with. */
function attemptOf(
  attempt: number,
): Pick<
  TaskState,
  "attempt" | "submission" | "resubmissions" | "mayHaveBegun" | "goodWordsAtBlame" | "usedUp" | "lost"
> {
  return {
    attempt,
    submission: 0,
    resubmissions: 0,
    mayHaveBegun: false,
    goodWordsAtBlame: 0,
    usedUp: undefined,
    lost: undefined,
  };
}

/** Written out, not spread: this is called several times for every event. */
export function refOf(task: TaskState): TaskRef {
  const { phase, slot, job, host, stage } = task.ref;
  const { attempt } = task;
  return stage === undefined
    ? { phase, slot, job, host, attempt }
    : { phase, slot, job, host, stage, attempt };
}
