import { given, type Blame, type Outcome, type RunEvent } from "@roadrunner/core";

/** One task as its last attempt left it. Times are milliseconds since 1970 by the client's clock. */
export interface TaskStory {
  readonly host: string;
  attempt: number;
  /** Absent while it has no final end. */
  outcome?: Outcome;
  startedMs?: number;
  endedMs?: number;
  reason?: string;
  exitCode?: number;
  signal?: string;
  blame?: Blame;
  worker?: string;
  queuedMs?: number;
  connectMs?: number;
  durationMs?: number;
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
  { startedMs, worker: startedBy }: TaskStory,
  event: Extract<RunEvent, { type: "task.ended" }>,
  atMs: number,
): TaskStory {
  const { host, attempt, outcome, final, reason, exitCode, signal, blame, worker = startedBy } = event;
  const { queuedMs, connectMs, durationMs } = event;
  const said = { startedMs, reason, exitCode, signal, blame, worker, queuedMs, connectMs, durationMs };
  return { host, attempt, endedMs: atMs, ...(final ? { outcome } : {}), ...given(said) };
}
