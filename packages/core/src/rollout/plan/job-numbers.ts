import { limitOf, needOf, placesOf } from "./amount.ts";
import { FAILURES, type Failure } from "../../work/outcome.ts";
import type { Amount, JobPlan } from "./plan.ts";
import type { SpreadNumbers } from "./spread-numbers.ts";

/** What a job's amounts come to for n hosts. */
export interface JobNumbers {
  readonly hosts: number;
  /** Hosts that must end ok. More than `hosts` where `success` is a number that too few hosts are left for. */
  readonly need: number;
  /** hosts − need: one more failure decides the job. */
  readonly allowedFailures: number;
  /** Most hosts at once; of a list of steps the largest step. */
  readonly window: number;
  /** Empty for a sliding window. */
  readonly steps: readonly StepNumbers[];
  /** Most hosts that may end so; outcomes without a limit of their own are absent. */
  readonly tolerate: Readonly<Partial<Record<Failure, number>>>;
  /** Hosts at once for each value of each label that the job is spread over. */
  readonly spread: readonly SpreadNumbers[];
}

export interface StepNumbers {
  /** Hosts of this step; the last one may be left with fewer than its places. */
  readonly size: number;
  /** Hosts of this step that must end ok. */
  readonly need: number;
  /** Hosts at once that the step's amount allows; with held places it matters that this is not cut to `size`. */
  readonly places: number;
}

export type AmountsOfJob = Pick<JobPlan, "success" | "parallelism" | "stepped" | "stepSuccess" | "tolerate">;

/**
 * @param hosts the hosts counted: after --limit, --exclude and onlyIfOk.
 * @param spread of the same hosts.
 */
export function jobNumbers(
  job: AmountsOfJob,
  hosts: number,
  spread: readonly SpreadNumbers[] = [],
): JobNumbers {
  const need = needOf(job.success, hosts);
  const steps = job.stepped ? stepNumbers(job, hosts) : [];
  return {
    hosts,
    need,
    allowedFailures: hosts - need,
    window: job.stepped ? largest(steps) : placesOf(job.parallelism[0], hosts),
    steps,
    tolerate: tolerateNumbers(job.tolerate, hosts),
    spread,
  };
}

function stepNumbers(job: AmountsOfJob, hosts: number): StepNumbers[] {
  const steps: StepNumbers[] = [];
  let amount: Amount = job.parallelism[0];
  for (let left = hosts; left > 0;) {
    amount = job.parallelism[steps.length] ?? amount; // the last one repeats
    const places = placesOf(amount, hosts);
    const size = Math.min(places, left);
    steps.push({ size, need: Math.min(needOf(job.stepSuccess, size), size), places });
    left -= size;
  }
  return steps;
}

function largest(steps: readonly StepNumbers[]): number {
  return steps.reduce((most, step) => Math.max(most, step.size), 0);
}

function tolerateNumbers(tolerate: JobPlan["tolerate"], hosts: number): JobNumbers["tolerate"] {
  const limits: Partial<Record<Failure, number>> = {};
  for (const outcome of FAILURES) {
    const amount = tolerate[outcome];
    if (amount !== undefined) limits[outcome] = limitOf(amount, hosts);
  }
  return limits;
}
