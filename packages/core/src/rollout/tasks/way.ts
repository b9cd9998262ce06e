import type { TaskEnd } from "../machine-events.ts";
import { asksFirst, atNameOf, runsAlways, stageAfter, stageText } from "../plan/stages.ts";
import type { JobState } from "../state/job-state.ts";
import { isSettingOut, type TaskState, type WayState } from "../state/task-state.ts";

/**
 * Whether attempts of this task may still start: a host that is on its way goes it to its end, whatever becomes of the
 * job, so that nothing is left half-way; after a kill only what runs always.
 */
export function mayStart(job: JobState, task: TaskState): boolean {
  if (isSettingOut(task)) return job.mode === "running";
  return !job.killed || runsAlways(job.plan, task.ref.stage);
}

/**
 * By its start the host's way has begun: it is no question before it, nor what runs whatever became of the way. Without
 * stages every task is such.
 */
export function beginsWay({ plan }: JobState, { ref: { stage = 0 }, way }: TaskState): boolean {
  return way === undefined || stage === way.first || (stage > way.first && !runsAlways(plan, stage));
}

/** @param stage at which it begins */
export function newWay(job: JobState, stage: number, attempt: number): WayState {
  const asks = asksFirst(job.plan, 0);
  return { first: asks ? 1 : 0, isNeeded: asks && stage > 0, decided: undefined, also: [], attempt };
}

/**
 * How a stage that asks has ended: where the way is needed well, however what stands in for a command fared, which its
 * shell may not know.
 */
export function endOfAsking(job: JobState, { ref: { stage } }: TaskState, end: TaskEnd): TaskEnd {
  if (!asksFirst(job.plan, stage) || end.changed !== true) return end;
  const { reason: _reason, blame: _blame, noRetry: _noRetry, ...answer } = end;
  return { ...answer, outcome: "ok" };
}

/** Takes down how a stage ended. @returns the stage that follows; undefined: the way is over. */
export function goOn(job: JobState, way: WayState, stage: number, end: TaskEnd): number | undefined {
  if (asksFirst(job.plan, stage)) return goOnIfNeeded(job, way, stage, end);
  if (end.outcome !== "ok") {
    // A kill may have cut the way at a stage behind one that runs always.
    if (way.decided === undefined || way.decided.stage > stage)
      way.decided = { stage, end: ofWay(way, stage, end) };
    else way.also.push({ stage, end });
  }
  // What never set out has nothing to put back; of what may still be running nobody knows where it stands.
  if ((stage <= way.first && end.outcome === "skipped") || end.mayBeRunning === true) return undefined;
  const cut = job.killed ? stageAfter(job.plan, stage, ({ always }) => !always) : undefined;
  if (cut !== undefined) way.decided ??= { stage: cut, end: notStarted(job) };
  return stageAfter(job.plan, stage, ({ always }) => always || way.decided === undefined);
}

/** Nothing has begun before it is known to be needed: so nothing is put back either, and who was withdrawn does not set out. */
function goOnIfNeeded(job: JobState, way: WayState, stage: number, end: TaskEnd): number | undefined {
  if (end.outcome !== "ok") way.decided = { stage, end };
  else if (end.changed !== false && job.mode !== "running")
    way.decided = { stage, end: { ...notStarted(job), outcome: "skipped" } };
  if (way.decided !== undefined || end.changed === false) return undefined;
  way.isNeeded = true;
  return stage + 1;
}

/** A host that is half-way was started, though this stage of it was not. */
function ofWay({ first }: WayState, stage: number, end: TaskEnd): TaskEnd {
  return stage > first && end.outcome === "skipped" ? { ...end, outcome: "cancelled" } : end;
}

function notStarted({ mode, plan, stopReason = "stopped" }: JobState): TaskEnd {
  const why = mode === "failing" ? `job "${plan.name}" had failed` : stopReason;
  return { outcome: "cancelled", blame: "submission", reason: `not started: ${why}` };
}

/** The end of a whole way. */
export function endOfWay(
  job: JobState,
  host: number,
  way: WayState,
): { readonly end: TaskEnd; readonly decidedBy?: number } {
  const changed = asksFirst(job.plan, 0) ? { changed: way.isNeeded } : {};
  if (way.decided === undefined) return { end: { outcome: "ok", ...changed } };
  const { stage, end: bad } = way.decided;
  const { changed: _ofStage, ...end } = bad;
  if (end.outcome === "skipped") return { end };
  // Its reason says what it is about.
  if (asksFirst(job.plan, stage)) return { end, decidedBy: stage };
  const reason = [{ stage, end }, ...way.also].map((one) => reasonOf(job, host, one)).join("; and ");
  return { end: { ...end, reason, ...changed }, decidedBy: stage };
}

/** `install: exit code 7`; where it ran at another host, that one is named, and once. */
function reasonOf(
  { plan }: JobState,
  host: number,
  { stage, end }: NonNullable<WayState["decided"]>,
): string {
  const at = atNameOf(plan, { host, stage });
  const { reason = end.outcome } = end;
  const own = at !== undefined && reason.startsWith(`${at}: `) ? reason.slice(at.length + 2) : reason;
  return `${stageText({ stage: plan.stages?.[stage]?.name ?? String(stage), at })}: ${own}`;
}
