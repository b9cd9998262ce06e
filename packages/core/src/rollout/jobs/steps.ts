import type { JobState, StepState } from "../state/job-state.ts";
import { reasonOfStep } from "./reasons.ts";
import { announce, type Turn } from "../state/state.ts";

/** Makes the next step the current one: open at once, or after the job's `wait` where one came before. */
export function nextStep(turn: Turn, job: JobState): void {
  const before = job.step;
  const index = before === undefined ? 0 : before.index + 1;
  const numbers = job.numbers.steps[index];
  if (numbers === undefined) return;
  const step: StepState = {
    index,
    numbers,
    end: job.next + numbers.size,
    mode: "paused",
    timer: undefined,
    ok: 0,
    failures: 0,
    ended: 0,
  };
  job.step = step;
  if (job.spread !== undefined) job.spread.order = undefined;
  if (before === undefined || job.plan.waitMs === 0) return;
  const due = turn.run.now + job.plan.waitMs;
  step.timer = turn.run.timers.add(due, { type: "step", job: job.ref.job });
}

/** The wait before the step is over. */
export function endWait(job: JobState): void {
  if (job.step !== undefined) job.step.timer = undefined;
}

export function stepMayOpen(step: StepState): boolean {
  return step.mode === "paused" && step.timer === undefined;
}

export function openStep(turn: Turn, job: JobState, step: StepState): void {
  step.mode = "open";
  const { size, need } = step.numbers;
  announce(turn, { type: "stepStarted", ...job.ref, step: step.index + 1, hosts: size, need });
}

/** Announces the step's end once, be it over or cut short; a step that never opened has no end. */
export function closeStep(turn: Turn, job: JobState): void {
  const { step } = job;
  if (step === undefined) return;
  if (step.timer !== undefined) step.timer.cancelled = true;
  if (step.mode !== "open") return;
  step.mode = "closed";
  const { size, need } = step.numbers;
  const passed = step.ok >= need;
  const reason = passed ? {} : { reason: reasonOfStep(need, size, step) };
  announce(turn, { type: "stepEnded", ...job.ref, step: step.index + 1, passed, ...reason });
}
