import { defined } from "../../optional-fields.ts";
import { proceed, stopJob, verdictOf } from "../jobs/job.ts";
import { ruleBrokenByOutcomes } from "../jobs/job-rules.ts";
import { AtHosts } from "../state/at-hosts.ts";
import { newJob, noCounts, type JobState } from "../state/job-state.ts";
import type { TaskEnd } from "../machine-events.ts";
import { OUTCOMES } from "../../work/outcome.ts";
import type { OutcomeCounts } from "../verdict.ts";
import { hostsTakingPart } from "../plan/only-if-ok.ts";
import type { SlotPlan } from "../plan/plan.ts";
import { atPlaces } from "../plan/stages.ts";
import { hostsText, reasonOfJob } from "../jobs/reasons.ts";
import { notStarted, undoes, undoOf } from "./undo.ts";
import { endRun } from "./run-end.ts";
import { announce, type RolloutState, type Turn } from "../state/state.ts";
import { firstAttempt, knownFirst } from "../tasks/tasks.ts";
import { slotText, worstOf } from "./verdicts.ts";

const MOST_JOBS_TOLD = 3;

/** Ends slots as long as the running one has no open job. A loop, since a slot may be over as it starts. */
export function settle(turn: Turn): void {
  while (turn.run.mode === "running" && turn.run.openJobs === 0) endSlot(turn);
}

/** Starts the slot that is next, or asks for it, or goes on to `finally`, or ends the run. */
export function enterSlot(turn: Turn): void {
  const { run } = turn;
  const slot = currentSlot(run);
  if (slot === undefined) {
    leavePhase(turn);
  } else if (slot.confirm === undefined) {
    startSlot(turn);
  } else {
    run.mode = "confirming";
    turn.actions.push({ type: "askToConfirm", phase: run.phase, slot: run.slot, text: slot.confirm });
  }
}

/** @param by whose yes it waited for */
export function startSlot(turn: Turn, by?: string): void {
  const { run } = turn;
  const { phase, slot } = run;
  run.mode = "running";
  run.failedFast = false;
  announce(turn, { type: "slotStarted", phase, slot, ...defined({ by }) });
  run.atHosts = new AtHosts(atPlaces(currentSlot(run)?.jobs ?? []));
  run.jobs = (currentSlot(run)?.jobs ?? []).map((plan, job) => {
    const ref = { phase, slot, job };
    if (plan.undoes !== undefined) return notStarted(ref, plan);
    const hosts = knownFirst(run, ref, hostsTakingPart(plan, run.okHosts));
    return newJob(ref, plan, hosts, run.okHosts.has(plan.name));
  });
  const jobs = run.jobs.filter((job) => !undoes(job));
  run.openJobs = jobs.length;
  for (const job of jobs) startJob(turn, job);
  // A job that has failed before its first host (onlyIfOk left too few) is decided before any host starts.
  for (const job of jobs) if (ruleBrokenByOutcomes(job) !== undefined) proceedInSlot(turn, job);
  for (const job of jobs) proceedInSlot(turn, job);
}

function startJob(turn: Turn, job: JobState): void {
  const { plan, ref } = job;
  const { hosts, need, window, steps } = job.numbers;
  announce(turn, { type: "jobStarted", ...ref, hosts, need, window, steps: steps.map((step) => step.size) });
  if (hosts === 0 && plan.hosts.length > 0) {
    const text = `job "${plan.name}" has nothing to do: none of its ${hostsText(plan.hosts.length)} ended ok in ${plan.onlyIfOk.join(" and ")}`;
    announce(turn, { type: "warning", text });
  }
  if (plan.deadlineMs === undefined) return;
  const due = turn.run.now + plan.deadlineMs;
  job.deadline = turn.run.deadlines.add(due, ref.job);
}

/** Lets a job go on. With failFast the first one that fails stops the others of its slot. */
export function proceedInSlot(turn: Turn, job: JobState): void {
  const { run } = turn;
  proceedOrUndo(turn, job);
  if (job.brokenRule === undefined || run.failedFast || currentSlot(run)?.failFast !== true) return;
  if (undoes(job)) return;
  run.failedFast = true;
  for (const other of run.jobs) {
    if (undoes(other)) continue;
    stopJob(turn, other, `stopped, as job "${job.plan.name}" of its slot has failed`);
    proceedOrUndo(turn, other);
  }
}

/** One that has just ended may have to be undone. */
function proceedOrUndo(turn: Turn, job: JobState): void {
  const { run } = turn;
  const had = job.mode;
  proceed(turn, job);
  if (job.mode !== "ended" || had === "ended") return;
  const undo = undoOf(turn, job);
  if (undo === undefined) return;
  const { plan, hosts } = undo;
  run.jobs[undo.ref.job] = undo;
  run.openJobs += 1;
  const okHosts = run.okHosts.get(job.plan.name);
  const undone = new Set([...hosts].flatMap((host) => plan.hosts[host]?.name ?? []));
  if (okHosts !== undefined)
    run.okHosts.set(job.plan.name, new Set([...okHosts].filter((name) => !undone.has(name))));
  startJob(turn, undo);
  proceed(turn, undo);
}

function hasFailedToUndo(job: JobState): boolean {
  return undoes(job) && verdictOf(job) !== "succeeded";
}

function endSlot(turn: Turn): void {
  const { run } = turn;
  const { phase, slot } = run;
  const jobs = run.jobs.filter((job) => !undoes(job));
  const verdict = worstOf(jobs.map(verdictOf));
  const bad = [...jobs.filter((job) => verdictOf(job) === verdict), ...run.jobs.filter(hasFailedToUndo)];
  const reason = verdict === "succeeded" ? "" : reasonOfSlot(bad);
  const ended = { verdict, counts: sum(jobs), ...(reason === "" ? {} : { reason }) };
  announce(turn, { type: "slotEnded", phase, slot, ...ended });
  run.phases[phase].verdicts.push(verdict);
  if (reason !== "") run.phases[phase].reasons.push(`${slotText(run.plan, run)}: ${reason}`);
  run.jobs = [];
  run.slot += 1;
  const stopped = phase === "slots" ? run.stop !== undefined : run.finallyStopped;
  if (verdict !== "succeeded")
    skipSlots(turn, `the slot before it ${verdict === "failed" ? "failed" : "was cancelled"}`);
  else if (stopped) skipSlots(turn, run.stop?.reason ?? "the run was stopped");
  enterSlot(turn);
}

/** The rest of the phase is never started; its hosts have their outcome all the same. */
export function skipSlots(turn: Turn, why: string): void {
  const { run } = turn;
  const end: TaskEnd = {
    outcome: "skipped",
    blame: "submission",
    reason: `its slot was never started: ${why}`,
  };
  let skipped = 0;
  for (; currentSlot(run) !== undefined; run.slot++) {
    const { phase, slot } = run;
    for (const [job, plan] of currentSlot(run)?.jobs.entries() ?? []) {
      if (plan.undoes !== undefined) continue;
      const hosts = hostsTakingPart(plan, run.okHosts);
      skipped += hosts.length;
      for (const host of hosts) {
        const ref = { phase, slot, job, host };
        const task = { ...ref, attempt: firstAttempt(run, ref) };
        announce(turn, { type: "taskEnded", task, final: true, end });
      }
    }
    run.phases[phase].verdicts.push("cancelled");
  }
  run.counts.skipped += skipped;
  if (skipped > 0) run.phases[run.phase].reasons.push(`${hostsText(skipped)} of later slots never started`);
}

/** Goes on to `finally`, whatever became of the slots, or ends the run. */
function leavePhase(turn: Turn): void {
  const { run } = turn;
  run.jobs = [];
  if (run.phase === "finally") {
    endRun(turn);
    return;
  }
  run.phase = "finally";
  run.slot = 0;
  enterSlot(turn);
}

function currentSlot(run: RolloutState): SlotPlan | undefined {
  return run.plan[run.phase][run.slot];
}

/** The first few jobs are enough to read; each has its own jobEnded. */
function reasonOfSlot(jobs: readonly JobState[]): string {
  const told = jobs.slice(0, MOST_JOBS_TOLD).map((job) => `job "${job.plan.name}": ${reasonOfJob(job)}`);
  const more = jobs.length - told.length;
  return [...told, ...(more > 0 ? [`${more} more job${more === 1 ? "" : "s"} likewise`] : [])].join("; ");
}

function sum(jobs: readonly JobState[]): OutcomeCounts {
  const counts = noCounts();
  for (const job of jobs) for (const outcome of OUTCOMES) counts[outcome] += job.counts[outcome];
  return counts;
}
