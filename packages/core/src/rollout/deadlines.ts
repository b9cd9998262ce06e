import { failJob, killJob } from "./jobs/job.ts";
import type { JobState } from "./state/job-state.ts";
import { proceedInSlot } from "./slots/slots.ts";
import type { Turn } from "./state/state.ts";

/**
 * Deadlines come first: what else is due would start hosts only to have them killed. All jobs that are late
 * have failed before one of them stops the others by failFast.
 */
export function passDeadlines(turn: Turn): void {
  const { run } = turn;
  if (run.mode !== "running" || run.deadlinesHeld) return;
  const late: JobState[] = [];
  for (let due = run.deadlines.takeDue(run.now); due !== undefined; due = run.deadlines.takeDue(run.now)) {
    const job = run.jobs[due];
    if (job !== undefined) late.push(job);
  }
  for (const job of late) {
    failJob(turn, job, { type: "deadline", deadlineMs: job.plan.deadlineMs ?? 0 });
    // A host on its way goes it to its end, within the limits of its stages.
    if (job.plan.stages === undefined) killJob(turn, job);
  }
  for (const job of late) proceedInSlot(turn, job);
}

/** Time in which nobody carried the run says nothing of how a job does. */
export function restartDeadlines({ run }: Turn): void {
  run.deadlinesHeld = false;
  for (const job of run.jobs) {
    const { deadlineMs } = job.plan;
    if (deadlineMs === undefined || job.mode === "ended" || job.brokenRule?.type === "deadline") continue;
    if (job.deadline !== undefined) job.deadline.cancelled = true;
    job.deadline = run.deadlines.add(run.now + deadlineMs, job.ref.job);
  }
}
