import type { JobState } from "../state/job-state.ts";
import type { TaskEnd, TaskRef } from "../machine-events.ts";
import { isFailure } from "../../work/outcome.ts";
import { announce, taskKey, type RolloutState, type Turn } from "../state/state.ts";
import { holdFromBefore, leavePlace, takeAll, takeHost } from "./take-hosts.ts";
import { holdsPlace } from "../plan/holds-place.ts";
import { beginsWay, endOfWay, goOn, mayStart, newWay } from "./way.ts";
import { asksFirst, atNameOf } from "../plan/stages.ts";
import {
  newTask,
  refOf,
  type AtHost,
  type TaskMode,
  type TaskState,
  type WayState,
} from "../state/task-state.ts";
import { workerFreed, workerStarted } from "../state/workers.ts";

/** Takes the next host of the job that fits and submits its first attempt; false: none does. */
export function startNextHost(turn: Turn, job: JobState): boolean {
  const host = takeHost(job);
  if (host === undefined) return false;
  const { phase, slot, job: index } = job.ref;
  const ref = { phase, slot, job: index, host };
  if (job.plan.stages === undefined) startTask(turn, job, newTask(ref, firstAttempt(turn.run, ref)));
  else setOut(turn, job, ref);
  return true;
}

/** Begins a host's way at its first stage that is not known to have ended ok. */
function setOut(turn: Turn, job: JobState, host: Omit<TaskRef, "attempt">): void {
  const last = (job.plan.stages?.length ?? 1) - 1;
  let stage = 0;
  while (stage < last && isBehind(job, stage, knownEnd(turn.run, job.ref, host.host, stage))) stage += 1;
  const ref = { ...host, stage };
  startStage(turn, job, ref, newWay(job, stage, firstAttempt(turn.run, ref)));
}

/** One that asked, and learned that the way is not needed, has no stage behind it. */
function isBehind(job: JobState, stage: number, end: TaskEnd | undefined): boolean {
  return end?.outcome === "ok" && (end.changed !== false || !asksFirst(job.plan, stage));
}

function startStage(turn: Turn, job: JobState, ref: Omit<TaskRef, "attempt">, way: WayState): void {
  const at = turn.run.atHosts.of(atNameOf(job.plan, ref));
  startTask(turn, job, newTask(ref, firstAttempt(turn.run, ref), way, at));
}

function startTask(turn: Turn, job: JobState, task: TaskState): void {
  job.inFlight.set(task.ref.host, task);
  askFor(turn, job, task);
}

/** Counts the ends that are known of the job's next hosts; false: of the next one there is none. */
export function takeKnownEnds(turn: Turn, job: JobState): boolean {
  const before = job.next;
  const last = job.step?.end ?? job.hosts.length;
  while (job.next < last) {
    const end = takeKnownEnd(turn, job);
    if (end === undefined) break;
    countInStep(job, end);
  }
  return job.next > before;
}

export function nextIsKnown(run: RolloutState, job: JobState): boolean {
  const host = job.hosts[job.next];
  return host !== undefined && knownEnd(run, job.ref, host) !== undefined;
}

function takeKnownEnd(turn: Turn, job: JobState): TaskEnd | undefined {
  const host = job.hosts[job.next];
  const end = host === undefined ? undefined : knownEnd(turn.run, job.ref, host);
  if (host === undefined || end === undefined) return undefined;
  job.next += 1;
  count(turn, job, host, end);
  if (holdsPlace(job.plan, end)) holdFromBefore(job, host);
  return end;
}

/** Those whose end is known come first, so that none of them waits for a place. */
export function knownFirst(run: RolloutState, ref: JobState["ref"], hosts: Uint32Array): Uint32Array {
  if (run.options.knownEnds.size === 0) return hosts;
  const isKnown = (host: number): boolean => knownEnd(run, ref, host) !== undefined;
  return Uint32Array.from([...hosts.filter(isKnown), ...hosts.filter((host) => !isKnown(host))]);
}

/** Asked more than once for each host of each run: nothing is made where no end is known. */
function knownEnd(
  { options }: RolloutState,
  job: JobState["ref"],
  host: number,
  stage?: number,
): TaskEnd | undefined {
  if (options.knownEnds.size === 0) return undefined;
  return options.knownEnds.get(taskKey({ ...job, host, ...(stage === undefined ? {} : { stage }) }));
}

/** 1, but where a resumed run takes a host again. */
export function firstAttempt({ options }: RolloutState, ref: Omit<TaskRef, "attempt">): number {
  return options.firstAttempts.size === 0 ? 1 : (options.firstAttempts.get(taskKey(ref)) ?? 1);
}

/** Submits a new attempt; where its stage runs at another host, as soon as there is a place. */
export function askFor(turn: Turn, job: JobState, task: TaskState): void {
  if (task.at === undefined) submit(turn, job, task, false);
  else leaveMode(turn, task, "queued");
}

/** Submits those for whom there is a place now where their stage runs. */
export function serveAtHosts(turn: Turn): void {
  const { run } = turn;
  if (run.mode !== "running" || run.past) return;
  const maySetOut = ({ ref }: TaskState): boolean => run.jobs[ref.job]?.watch?.mode !== "held";
  for (let task = run.atHosts.next(maySetOut); task !== undefined; task = run.atHosts.next(maySetOut)) {
    const job = run.jobs[task.ref.job];
    if (job === undefined) run.atHosts.left(task);
    else submit(turn, job, task, false);
  }
}

/** @param again its command may have begun: whoever takes it looks for that first. */
export function submit(turn: Turn, job: JobState, task: TaskState, again: boolean): void {
  leaveMode(turn, task, "submitted");
  task.submission += 1;
  const submission = task.submission;
  const ref = refOf(task);
  announce(turn, { type: "taskAsked", task: ref, submission });
  const noStart = again && !mayStart(job, task) ? ({ noStart: true } as const) : {};
  turn.actions.push({ type: "submit", task: ref, again, submission, ...noStart });
}

export function markStarted(turn: Turn, task: TaskState, worker: string | undefined): void {
  leaveMode(turn, task, "started");
  task.worker = worker;
  task.startedAt = turn.run.now;
  workerStarted(turn.run.workers, worker);
}

/** Enters a waiting mode: its timer goes off after `delayMs`. */
export function waitInMode(
  turn: Turn,
  task: TaskState,
  mode: "asking" | "resubmitting" | "retrying",
  delayMs: number,
): void {
  leaveMode(turn, task, mode);
  task.timer = turn.run.timers.add(turn.run.now + delayMs, { type: "task", task });
}

/** The task's one outcome that counts. Of a stage the next one follows, in the host's place. */
export function endTask(turn: Turn, job: JobState, task: TaskState, ref: TaskRef, end: TaskEnd): void {
  leaveMode(turn, task, task.mode);
  turn.run.atHosts.left(task);
  noteStart(job, task, end);
  if (task.way === undefined) endHost(turn, job, ref, end);
  else endStage(turn, job, task, task.way, ref, end);
}

function endStage(
  turn: Turn,
  job: JobState,
  { at }: TaskState,
  way: WayState,
  ref: TaskRef,
  end: TaskEnd,
): void {
  const { stage = 0, attempt: _, ...host } = ref;
  announce(turn, { type: "taskEnded", task: ref, final: true, end });
  if (at !== undefined && end.outcome === "unknown")
    announce(turn, { type: "warning", text: goesOnAt(at, job, ref) });
  const next = goOn(job, way, stage, end);
  if (next === undefined) {
    const { end: ofWay, ...decided } = endOfWay(job, ref.host, way);
    endHost(turn, job, { ...host, attempt: way.attempt }, ofWay, decided);
    return;
  }
  // Nothing is submitted any more: whoever goes on with the run takes the next stage.
  if (turn.run.mode === "interrupted") job.inFlight.delete(ref.host);
  else {
    startStage(turn, job, { ...host, stage: next }, way);
  }
}

/** Whoever comes next is not kept waiting for what nobody will tell. */
function goesOnAt(at: AtHost, { plan }: JobState, { host, stage = 0 }: TaskRef): string {
  const names = [plan.name, plan.stages?.[stage]?.name, plan.hosts[host]?.name].join(" ");
  return `how ${names} ended at ${at.name} is unknown: its place there is given to the next host`;
}

/** A kill had cut this way; what runs always had its turn then. */
export function endWayAsRecorded(
  turn: Turn,
  job: JobState,
  task: TaskState,
  ref: TaskRef,
  end: TaskEnd,
): void {
  leaveMode(turn, task, task.mode);
  turn.run.atHosts.left(task);
  endHost(turn, job, ref, end);
}

/** The host has ended. It gives its place back, unless its process may still run. */
function endHost(
  turn: Turn,
  job: JobState,
  ref: TaskRef,
  end: TaskEnd,
  decided: { readonly decidedBy?: number } = {},
): void {
  job.inFlight.delete(ref.host);
  count(turn, job, ref.host, end);
  countInStep(job, end);
  leavePlace(job, ref.host, holdsPlace(job.plan, end));
  announce(turn, { type: "taskEnded", task: ref, final: true, end, ...decided });
}

/** Hosts that were never submitted. */
export function skipRest(turn: Turn, job: JobState, reason: string): void {
  const end: TaskEnd = { outcome: "skipped", blame: "submission", reason };
  while (job.next < job.hosts.length && takeKnownEnd(turn, job) !== undefined);
  for (const host of takeAll(job)) {
    count(turn, job, host, end);
    const ref = { ...job.ref, host };
    const task = { ...ref, attempt: firstAttempt(turn.run, ref) };
    announce(turn, { type: "taskEnded", task, final: true, end });
  }
}

function count(turn: Turn, job: JobState, host: number, end: TaskEnd): void {
  job.ended += 1;
  job.counts[end.outcome] += 1;
  // What is done to undo a job says nothing of how many hosts are as the flow wants them.
  if (job.plan.undoes === undefined) turn.run.counts[end.outcome] += 1;
  noteBegun(job, host, end);
  if (isFailure(end.outcome)) job.failures += 1;
  if (holdsPlace(job.plan, end)) job.held += 1;
  const name = job.plan.hosts[host]?.name;
  if (end.outcome === "ok" && name !== undefined) job.okHosts?.add(name);
}

/** An attempt has ended, be it the last one or not, and it had started. */
export function noteStart(job: JobState, task: TaskState, end: TaskEnd): void {
  if (beginsWay(job, task) && end.blame !== "worker" && showsStart(end)) touch(job, task.ref.host);
}

/** What was refused or not reached has not started; it may have had an attempt before that did. */
function showsStart({ outcome }: TaskEnd): boolean {
  return isFailure(outcome) ? outcome !== "unreachable" && outcome !== "refused" : outcome !== "skipped";
}

/** Of a host that has ended it is known whether something has started there. */
function noteBegun(job: JobState, host: number, end: TaskEnd): void {
  if (end.outcome === "unknown" || end.mayBeRunning === true) job.unsure.add(host);
  if (end.outcome === "skipped" || end.changed === false) job.touched.delete(host);
  else if (showsStart(end) && (end.changed === true || !asksFirst(job.plan, 0))) touch(job, host);
}

function touch(job: JobState, host: number): void {
  job.begun.add(host);
  job.touched.add(host);
}

function countInStep({ step }: JobState, { outcome }: TaskEnd): void {
  if (step === undefined) return;
  step.ended += 1;
  if (outcome === "ok") step.ok += 1;
  if (isFailure(outcome)) step.failures += 1;
}

/** The only writer of `mode`: what the old mode held (timer, worker) is given back. */
function leaveMode(turn: Turn, task: TaskState, mode: TaskMode): void {
  if (task.timer !== undefined) task.timer.cancelled = true;
  task.timer = undefined;
  if (task.mode === "started") workerFreed(turn.run.workers, task.worker);
  task.mode = mode;
  turn.run.atHosts.moved(task);
}
