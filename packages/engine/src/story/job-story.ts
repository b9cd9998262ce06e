import {
  defined,
  holdsPlace,
  OUTCOMES,
  reportIn,
  textOfStage,
  worksOf,
  type JobPlan,
  type Outcome,
  type RunEvent,
  type Verdict,
} from "@roadrunner/core";
import type { OutputGroups } from "./output-groups.ts";
import { newSpread, type SpreadStory } from "./spread-story.ts";
import { nameAmong, newStages, tellStageEnd, type StageStanding } from "./stage-story.ts";
import { endedTask, stageTold, startTask, type TaskStory, type WayStory } from "./task-story.ts";
import { newWatch, tellWatch, type WatchStory } from "./watch-story.ts";

/** How a job stands. Times are milliseconds of the client's clock. */
export interface JobStanding {
  readonly name: string;
  /** It undoes that job of its slot. */
  readonly undoes?: string;
  /** What undoes it, once that has begun. */
  undoneBy?: JobStanding;
  /** Hosts that count. */
  hosts: number;
  need: number;
  /** Pause between steps. */
  readonly waitMs: number;
  /** For how long its gates are watched after each step, and after the last host. */
  readonly bakeMs: number;
  /** Its gates, and what it waits for beside hosts; absent where it has none. */
  watch?: WatchStory;
  /** Final outcomes. */
  counts: Record<Outcome, number>;
  /** Host → when its attempt started; the longest running is first. */
  readonly running: Map<string, number>;
  readonly waitingForRetry: Set<string>;
  /** Final outcomes; a resume can take one back. */
  readonly ended: Map<string, Outcome>;
  /** Absent where the job is spread over nothing. */
  readonly spread?: SpreadStory;
  /** Of hosts on their way; absent where the job has no stages. */
  readonly ways?: Map<string, WayStory>;
  /** In the order of the way; absent where the job has no stages. */
  readonly stages?: ReadonlyMap<string, StageStanding>;
  /** The stage that only asks whether the others are needed. */
  readonly asking?: string;
  /** Hosts whose command ran; absent where no `unless` is asked. */
  readonly changed?: Set<string>;
  /** The longest attempt so far. */
  longestMs: number;
  startedMs?: number;
  endedMs?: number;
  /** 0: no barriers. */
  steps: number;
  step: number;
  verdict?: Verdict;
  reason?: string;
}

/** All that is told of a job. */
export interface JobStory extends JobStanding {
  readonly slot: number;
  readonly command: string;
  readonly failedHostsHoldPlaces: boolean;
  window: number;
  /** Hosts of which an attempt has started, and no end is known: also under an rr-submit that left the run. */
  readonly open: Set<string>;
  /** In the plan's order; empty where tasks are not told one by one. */
  readonly tasks: Map<string, TaskStory>;
  /** Hosts that ended alike, with their output. */
  readonly groups: OutputGroups;
}

/** What is done on each host, on one line. */
function commandOf({ work, stages }: JobPlan): string {
  if (stages !== undefined)
    return stages.flatMap((stage) => (stage.asks === true ? [] : [textOfStage(stage)])).join(", then ");
  return work?.script === undefined ? (work?.command ?? "") : `script ${work.script.name}`;
}

export function newJob(
  plan: JobPlan,
  slot: number,
  newGroups: () => OutputGroups,
  withTasks: boolean,
): JobStory {
  // Whom it undoes is known when it begins.
  const isToldWhole = withTasks && plan.undoes === undefined;
  const tasks = isToldWhole ? plan.hosts.map(({ name }) => [name, { host: name, attempt: 0 }] as const) : [];
  return {
    name: plan.name,
    slot,
    command: commandOf(plan),
    failedHostsHoldPlaces: plan.failedHostsHoldPlaces,
    hosts: plan.hosts.length,
    need: 0,
    window: 0,
    waitMs: plan.waitMs,
    bakeMs: plan.bakeMs ?? 0,
    ...defined({ undoes: plan.undoes }),
    ...defined({ watch: plan.gates === undefined ? undefined : newWatch(plan.gates) }),
    counts: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>,
    running: new Map(),
    open: new Set(),
    waitingForRetry: new Set(),
    ended: new Map(),
    ...defined({ spread: newSpread(plan), stages: newStages(plan, newGroups) }),
    ...defined({ asking: plan.stages?.find(({ asks }) => asks)?.name }),
    ...(plan.stages === undefined ? {} : { ways: new Map<string, WayStory>() }),
    ...(worksOf(plan).every(({ unless }) => unless === undefined) ? {} : { changed: new Set<string>() }),
    longestMs: 0,
    steps: 0,
    step: 0,
    tasks: new Map(tasks),
    groups: newGroups(),
  };
}

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

/** What to keep of each task. */
export interface Keep {
  readonly tasks: boolean;
  /** Whether the output of this end is gathered. */
  readonly output: (end: Extract<RunEvent, { type: "task.ended" }>) => boolean;
}

/** Takes in an event of this job. */
export function tellJob(
  job: JobStory,
  event: Extract<RunEvent, { job: string }>,
  atMs: number,
  keep: Keep,
): void {
  tellWatch(job, event, atMs);
  switch (event.type) {
    case "job.started":
      job.startedMs ??= atMs;
      job.hosts = event.hosts;
      job.need = event.need;
      job.window = event.window;
      job.steps = event.steps.length;
      delete job.verdict;
      delete job.reason;
      return;
    case "job.ended":
      job.endedMs = atMs;
      job.verdict = event.verdict;
      job.counts = { ...event.counts };
      if (event.reason !== undefined) job.reason = event.reason;
      // Each host that counts has its end now; the others were left out by onlyIfOk.
      for (const task of job.tasks.values()) if (task.outcome === undefined) job.tasks.delete(task.host);
      return;
    case "step.started":
      job.step = event.step;
      return;
    case "task.started":
      takeBack(job, event.host);
      job.waitingForRetry.delete(event.host);
      if (event.stage !== undefined) startStage(job, { ...event, stage: event.stage }, atMs);
      if (!job.running.has(event.host)) job.running.set(event.host, atMs);
      job.open.add(event.host);
      if (keep.tasks && event.stage === undefined) startTask(taskOf(job, event.host), event, atMs);
      return;
    case "task.retrying":
      job.running.delete(event.host);
      job.waitingForRetry.add(event.host);
      return;
    case "task.ended": {
      if (event.stage !== undefined) {
        endStage(job, { ...event, stage: event.stage }, atMs, keep);
        return;
      }
      const way = job.ways?.get(event.host);
      job.ways?.delete(event.host);
      endTask(job, way?.told === undefined ? event : endOfWay(event, way, way.told, atMs), atMs, keep);
      return;
    }
    default:
      return;
  }
}

/** It has the output of the stage that was told, and took as long as the whole way. */
function endOfWay(event: TaskEnded, { beganMs }: WayStory, told: TaskEnded, atMs: number): TaskEnded {
  const { connectMs: _connectMs, queuedMs: _queuedMs, ...report } = reportIn(told);
  return { ...report, ...event, durationMs: atMs - beganMs };
}

/** Of a host's way. */
type OfStage<Event> = Event & { readonly stage: string };

function startStage(
  job: JobStory,
  { host, stage, at }: OfStage<Extract<RunEvent, { type: "task.started" }>>,
  atMs: number,
): void {
  const way = job.ways?.get(host);
  const beganMs = way?.beganMs ?? atMs;
  job.ways?.set(host, { told: way?.told, stage, at, isOver: false, sinceMs: atMs, beganMs });
}

/** The host is on its way still: only its own end counts. */
function endStage(job: JobStory, event: OfStage<TaskEnded>, atMs: number, keep: Keep): void {
  const { host, stage, at } = event;
  const way = job.ways?.get(host);
  const startedMs = way?.stage === stage && way.at === at ? way.sinceMs : undefined;
  if (event.final) {
    // Of the first stage that was not ok, else of the last one.
    const told = way?.told !== undefined && way.told.outcome !== "ok" ? way.told : event;
    job.ways?.set(host, { told, stage, at, isOver: true, sinceMs: atMs, beganMs: way?.beganMs ?? atMs });
    if (event.changed === true && stage !== job.asking) job.changed?.add(host);
    const standing = job.stages?.get(nameAmong(job.stages, event));
    if (standing !== undefined) {
      tellStageEnd(standing, event, startedMs === undefined ? undefined : atMs - startedMs);
      if (keep.tasks && keep.output(event)) standing.groups.add(event);
    }
  }
  if (!keep.tasks) return;
  const task = taskOf(job, host);
  if (startedMs !== undefined) task.startedMs ??= startedMs;
  task.stages = [...(task.stages ?? []), { stage, ...stageTold(event, atMs, startedMs) }];
}

function endTask(
  job: JobStory,
  event: Extract<RunEvent, { type: "task.ended" }>,
  atMs: number,
  keep: Keep,
): void {
  const { host, final, outcome } = event;
  const startedMs = job.running.get(host);
  if (startedMs !== undefined) job.longestMs = Math.max(job.longestMs, atMs - startedMs);
  job.running.delete(host);
  job.open.delete(host);
  if (keep.tasks) job.tasks.set(host, endedTask(taskOf(job, host), event, atMs));
  if (!final) return;
  job.waitingForRetry.delete(host);
  takeBack(job, host);
  job.ended.set(host, outcome);
  const holds = { failedHostsHoldPlaces: job.failedHostsHoldPlaces, stages: job.ways };
  if (holdsPlace(holds, event)) job.spread?.held.add(host);
  if (event.changed === true) job.changed?.add(host);
  job.counts[outcome] += 1;
  if (keep.output(event)) job.groups.add(event);
}

function takeBack(job: JobStory, host: string): void {
  const before = job.ended.get(host);
  if (before === undefined) return;
  job.ended.delete(host);
  job.changed?.delete(host);
  job.spread?.held.delete(host);
  for (const { notOk } of job.stages?.values() ?? []) notOk.delete(host);
  job.counts[before] -= 1;
}

function taskOf(job: JobStory, host: string): TaskStory {
  let task = job.tasks.get(host);
  if (task === undefined) {
    task = { host, attempt: 0 };
    job.tasks.set(host, task);
  }
  return task;
}
