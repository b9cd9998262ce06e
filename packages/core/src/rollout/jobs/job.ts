import {
  ruleBrokenByHeldPlaces,
  ruleBrokenByHeldValue,
  ruleBrokenByOutcomes,
  ruleBrokenByStepEnd,
} from "./job-rules.ts";
import { bake, endWatch, gatesLetEnd, gatesLetStart } from "../gates/watch.ts";
import type { JobPlan } from "../plan/plan.ts";
import { runsAlways, stagesToSetOut } from "../plan/stages.ts";
import type { JobRule } from "../state/job-rule.ts";
import type { JobState } from "../state/job-state.ts";
import type { Verdict } from "../verdict.ts";
import { startable } from "./places.ts";
import { reasonOfJob } from "./reasons.ts";
import { announce, type Turn } from "../state/state.ts";
import { closeStep, nextStep, openStep, stepMayOpen } from "./steps.ts";
import { isSettingOut, refOf, type TaskState } from "../state/task-state.ts";
import { mayStart } from "../tasks/way.ts";
import { endTask, nextIsKnown, skipRest, startNextHost, takeKnownEnds } from "../tasks/tasks.ts";

/** Does all that a job can do now: decides it, goes from step to step, starts hosts, ends it. */
export function proceed(turn: Turn, job: JobState): void {
  if (job.mode === "ended") return;
  let hasMore = true;
  while (hasMore) {
    const broken = ruleBrokenByOutcomes(job);
    if (broken !== undefined) failJob(turn, job, broken);
    hasMore = job.mode === "running" && startHosts(turn, job);
  }
  if (job.ended === job.hosts.length && gatesLetEnd(turn, job)) endJob(turn, job);
}

/** True: hosts that had ended before have been counted, so what follows from that is to be seen first. */
function startHosts(turn: Turn, job: JobState): boolean {
  if (job.plan.stepped) {
    if (job.step === undefined) nextStep(turn, job);
    else if (job.step.mode === "open" && job.step.ended === job.step.numbers.size) passStep(turn, job);
  }
  const held = job.mode === "running" ? ruleBrokenByHeld(turn, job) : undefined;
  if (held !== undefined) failJob(turn, job, held);
  if (job.mode !== "running") return false;
  if (job.step !== undefined && stepMayOpen(job.step) && mayGoOn(turn, job)) openStep(turn, job, job.step);
  if (job.step !== undefined && job.step.mode !== "open") return false;
  if (takeKnownEnds(turn, job)) return true;
  if (job.next === job.hosts.length || !mayGoOn(turn, job)) return false;
  for (let left = startable(job); left > 0; left--) if (!startNextHost(turn, job)) break;
  return false;
}

/** Hosts whose end is known wait for no gate. */
function mayGoOn(turn: Turn, job: JobState): boolean {
  return nextIsKnown(turn.run, job) || gatesLetStart(turn, job);
}

/** Hosts whose end is known wait for nobody. */
function ruleBrokenByHeld({ run }: Turn, job: JobState): JobRule | undefined {
  return ruleBrokenByHeldPlaces(job) ?? (nextIsKnown(run, job) ? undefined : ruleBrokenByHeldValue(job));
}

/** The barrier: all hosts of the step have ended. */
function passStep(turn: Turn, job: JobState): void {
  const broken = ruleBrokenByStepEnd(job);
  closeStep(turn, job);
  if (broken !== undefined) {
    failJob(turn, job, broken);
    return;
  }
  bake(turn, job);
  nextStep(turn, job);
}

/** The job is decided: it has failed. The first broken rule is the one that is told. */
export function failJob(turn: Turn, job: JobState, rule: JobRule): void {
  if (job.mode === "failing" || job.mode === "ended") return;
  const wasRunning = job.mode === "running";
  job.mode = "failing";
  job.brokenRule = rule;
  endWatch(turn, job);
  if (!wasRunning) return;
  withdraw(turn, job, `job "${job.plan.name}" had failed`);
  tellWhoGoesOn(turn, job);
}

/** A job of which hosts are on their way goes on for long after it was decided, and nothing else says that it was. */
function tellWhoGoesOn(turn: Turn, { plan, inFlight }: JobState): void {
  const onTheirWay = [...inFlight.values()].filter(hasSetOut).length;
  if (onTheirWay === 0) return;
  const text = `job "${plan.name}" has failed; hosts that go their way to its end: ${onTheirWay}`;
  announce(turn, { type: "warning", text });
}

function hasSetOut(task: TaskState): boolean {
  const { ref, way, mode } = task;
  return !isSettingOut(task) || (way !== undefined && ref.stage === way.first && mode === "started");
}

/** A stop request, or failFast. What runs goes on, and the job's end is for `proceed` to see. */
export function stopJob(turn: Turn, job: JobState, reason: string): void {
  if (job.mode !== "running") return;
  job.mode = "stopping";
  job.gatesLeftOut = job.watch !== undefined && job.watch.mode !== "idle";
  endWatch(turn, job);
  job.stopReason = reason;
  withdraw(turn, job, reason);
}

/** Kills what runs of the job, now and whatever turns out to run later; what runs always goes on. */
export function killJob(turn: Turn, job: JobState): void {
  if (job.mode === "ended") return;
  job.killed = true;
  if (turn.run.mode === "running") withdrawWaiting(turn, job, job.stopReason ?? "stopped");
  if (job.inFlight.size > 0) turn.actions.push({ type: "kill", ...job.ref, ...stagesToKill(job.plan) });
}

function stagesToKill(plan: JobPlan): { readonly stages?: readonly number[] } {
  if (plan.stages === undefined) return {};
  return { stages: [...plan.stages.keys()].filter((stage) => !runsAlways(plan, stage)) };
}

/** Nothing more of the job starts: what waits ends as it ended last, what was never submitted is skipped. */
function withdraw(turn: Turn, job: JobState, reason: string): void {
  withdrawWaiting(turn, job, reason);
  const setOut = job.plan.stages === undefined ? {} : { stages: stagesToSetOut(job.plan) };
  if (job.inFlight.size > 0) turn.actions.push({ type: "revoke", ...job.ref, ...setOut });
  skipRest(turn, job, reason);
}

function withdrawWaiting(turn: Turn, job: JobState, reason: string): void {
  for (const task of [...job.inFlight.values()]) {
    const waits = task.mode === "queued" || task.mode === "retrying" || task.mode === "resubmitting";
    if (waits && !mayStart(job, task)) endWaiting(turn, job, task, reason);
  }
}

/**
 * A recorded past has asked for a later stage of this host: a kill had cut its way at this one, without a word or by one
 * that counts no more, and led to what runs always. Behind that the way does not go back.
 */
export function goBy(turn: Turn, job: JobState, host: number, stage: number): void {
  const isBefore = ({ ref }: TaskState) => ref.stage !== undefined && ref.stage < stage;
  for (let task = job.inFlight.get(host); task !== undefined && isBefore(task); task = job.inFlight.get(host))
    endWaiting(turn, job, task, "not started: stopped");
}

function endWaiting(turn: Turn, job: JobState, task: TaskState, reason: string): void {
  const last = task.lastEnd;
  if (last !== undefined) endTask(turn, job, task, last.task, last.end);
  else endTask(turn, job, task, refOf(task), { outcome: "skipped", blame: "submission", reason });
}

function endJob(turn: Turn, job: JobState): void {
  const verdict = verdictOf(job);
  const reason = reasonOfJob(job);
  closeStep(turn, job);
  if (job.deadline !== undefined) job.deadline.cancelled = true;
  job.mode = "ended";
  endWatch(turn, job);
  turn.run.openJobs -= 1;
  if (job.okHosts !== undefined) turn.run.okHosts.set(job.plan.name, job.okHosts);
  const ended = { verdict, counts: { ...job.counts }, ...(reason === undefined ? {} : { reason }) };
  announce(turn, { type: "jobEnded", ...job.ref, ...ended });
}

/** Of a job that has ended, or will end by what is already known. */
export function verdictOf(job: JobState): Verdict {
  if (job.brokenRule !== undefined) return "failed";
  if (job.gatesLeftOut) return "cancelled";
  // Nothing decides an undo: it goes on to its last host, whatever becomes of the others.
  if (job.plan.undoes !== undefined && job.failures > 0) return "failed";
  const need = job.plan.undoes === undefined ? job.numbers.need : job.numbers.hosts;
  return job.counts.ok >= need ? "succeeded" : "cancelled";
}
