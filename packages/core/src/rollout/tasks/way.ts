import type { TaskEnd } from "../machine-events.ts";
import { atNameOf, runsAlways, stageAfter, stageText } from "../plan/stages.ts";
import type { JobState } from "../state/job-state.ts";
import type { TaskState, WayState } from "../state/task-state.ts";

/**
 * Whether attempts of this task may still start: a host that is on its way goes it to its end, whatever becomes of the
 * job, so that nothing is left half-way; after a kill only what runs always.
 */
export function mayStart(job: JobState, { ref: { stage = 0 } }: TaskState): boolean {
  if (stage === 0) return job.mode === "running";
  return !job.killed || runsAlways(job.plan, stage);
}

export function newWay(attempt: number): WayState {
  return { decided: undefined, also: [], attempt };
}

/** Takes down how a stage ended. @returns the stage that follows; undefined: the way is over. */
export function goOn(job: JobState, way: WayState, stage: number, end: TaskEnd): number | undefined {
  const isBad = end.outcome !== "ok";
  if (isBad && way.decided !== undefined) way.also.push({ stage, end });
  if (isBad) way.decided ??= { stage, end: ofWay(stage, end) };
  // What never set out has nothing to put back; of what may still be running nobody knows where it stands.
  if ((stage === 0 && end.outcome === "skipped") || end.mayBeRunning === true) return undefined;
  const cut = job.killed ? stageAfter(job.plan, stage, ({ always }) => !always) : undefined;
  if (cut !== undefined) way.decided ??= { stage: cut, end: notStarted(job) };
  return stageAfter(job.plan, stage, ({ always }) => always || way.decided === undefined);
}

/** A host that is half-way was started, though this stage of it was not. */
function ofWay(stage: number, end: TaskEnd): TaskEnd {
  return stage > 0 && end.outcome === "skipped" ? { ...end, outcome: "cancelled" } : end;
}

function notStarted({ stopReason = "stopped" }: JobState): TaskEnd {
  return { outcome: "cancelled", blame: "submission", reason: `not started: ${stopReason}` };
}

/** The end of a whole way. */
export function endOfWay(
  job: JobState,
  host: number,
  way: WayState,
): { readonly end: TaskEnd; readonly decidedBy?: number } {
  if (way.decided === undefined) return { end: { outcome: "ok" } };
  const { stage, end } = way.decided;
  if (end.outcome === "skipped") return { end };
  const reason = [{ stage, end }, ...way.also].map((bad) => reasonOf(job, host, bad)).join("; and ");
  return { end: { ...end, reason }, decidedBy: stage };
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
