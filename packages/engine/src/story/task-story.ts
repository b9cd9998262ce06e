import {
  endIn,
  defined,
  reportIn,
  type Outcome,
  type RunEvent,
  type TaskEnd,
  type TaskReport,
} from "@roadrunner/core";

/** What of each end a story tells by task; outputs are gathered by what is alike. */
type Told = Omit<TaskEnd, "outcome" | "reason" | "worker" | "noRetry" | "mayBeRunning"> &
  Omit<TaskReport, "stdout" | "stderr" | "encoding" | "omittedBytes" | "omittedAfter" | "outputLost">;

/** Where a host is on its way. Times are milliseconds of the client's clock. */
export interface WayStory {
  /** The stage that runs, or ran last. */
  readonly stage: string;
  /** Where that is, if not on the host. */
  readonly at: string | undefined;
  /** It has ended: the host waits for the next one, for want of a place where that runs. */
  readonly isOver: boolean;
  /** Since when it runs, or has ended. */
  readonly sinceMs: number;
  /** When its first stage started. */
  readonly beganMs: number;
  /** The end whose output the host's end has: of the first stage that was not ok, else of the last one. */
  readonly told: Extract<RunEvent, { type: "task.ended" }> | undefined;
}

/** One attempt of a stage, as it ended. */
export interface StageStory {
  readonly stage: string;
  /** Where it ran, if not on the host. */
  readonly at?: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly worker?: string;
  readonly exitCode?: number;
  /** Of a stage with `unless`. */
  readonly changed?: boolean;
  readonly startedMs?: number;
  readonly endedMs: number;
  /** As its worker tells it. */
  readonly durationMs?: number;
}

/** One task as its last attempt left it. Times are milliseconds since 1970 by the client's clock. */
export interface TaskStory extends Told {
  readonly host: string;
  attempt: number;
  /** Absent while it has no final end. */
  outcome?: Outcome;
  startedMs?: number;
  endedMs?: number;
  reason?: string;
  worker?: string;
  /** In a job with stages each attempt of each of them, in order. */
  stages?: readonly StageStory[];
  /** The stage at which its way went wrong. */
  decidedBy?: string;
}

/** What is kept of a stage's end. */
export function stageTold(
  {
    at,
    attempt,
    outcome,
    reason,
    worker,
    exitCode,
    changed,
    durationMs,
  }: Extract<RunEvent, { type: "task.ended" }>,
  endedMs: number,
  startedMs: number | undefined,
): Omit<StageStory, "stage"> {
  return {
    attempt,
    outcome,
    endedMs,
    ...defined({ at, reason, worker, exitCode, changed, startedMs, durationMs }),
  };
}

export function startTask(
  task: TaskStory,
  { attempt, worker }: Extract<RunEvent, { type: "task.started" }>,
  atMs: number,
): void {
  if (task.attempt !== attempt || task.startedMs === undefined) task.startedMs = atMs;
  task.attempt = attempt;
  if (worker !== undefined) task.worker = worker;
}

/** The task after this end of an attempt: nothing stays of the attempts before. */
export function endedTask(
  { startedMs, worker, stages }: TaskStory,
  event: Extract<RunEvent, { type: "task.ended" }>,
  atMs: number,
): TaskStory {
  const { host, attempt, final, decidedBy } = event;
  const { outcome, noRetry: _noRetry, mayBeRunning: _mayBeRunning, ...end } = endIn(event);
  const { stdout: _stdout, stderr: _stderr, encoding: _encoding, ...report } = reportIn(event);
  const {
    omittedBytes: _omittedBytes,
    omittedAfter: _omittedAfter,
    outputLost: _outputLost,
    ...details
  } = report;
  const before = defined({ startedMs, worker, stages, decidedBy });
  return { host, attempt, endedMs: atMs, ...before, ...(final ? { outcome } : {}), ...end, ...details };
}
