import { limitArithmetic, needArithmetic, placesArithmetic } from "./arithmetic.ts";
import { jobNumbers } from "./job-numbers.ts";
import { mostDown, mostDownOfValues, type MostDown, type SpreadDown } from "./most-down.ts";
import { spreadNumbers } from "./spread-numbers.ts";
import { FAILURES, type Failure } from "../../work/outcome.ts";
import type { JobPlan, RunPlan, SlotPlan } from "./plan.ts";

/** What would run, in real host names and rounded numbers. Plain JSON. */
export interface PlanSummary {
  readonly slots: readonly SlotSummary[];
  readonly finally: readonly SlotSummary[];
}

export interface SlotSummary {
  readonly name?: string;
  readonly confirm?: string;
  readonly failFast: boolean;
  readonly jobs: readonly JobSummary[];
  /**
   * The jobs' totals added up: they run side by side. A host in two of them counts twice. What undoes one counts for
   * nothing: it runs when that one has ended, on hosts that are down already.
   */
  readonly mostDown: number;
}

export interface JobSummary {
  readonly name: string;
  /** It runs when that job of its slot has failed, on those of its hosts that had started, latest first. */
  readonly undoes?: string;
  /** In start order. With `onlyIfOk` those that may take part; the numbers are then of all of them. */
  readonly hosts: readonly string[];
  readonly onlyIfOk: readonly string[];
  readonly need: number;
  /** Hosts at once; of a list the largest step. What undoes a job has as many as the largest step that it came to. */
  readonly window: number;
  /** Sizes; each takes the next so many of `hosts`. Empty without a list. */
  readonly steps: readonly number[];
  /** Hosts of each step that must end ok. */
  readonly stepNeeds: readonly number[];
  readonly tolerate: Readonly<Partial<Record<Failure, number>>>;
  readonly mostDown: MostDown;
  /** Of each label that the job is spread over, in the order of the flow. Empty without spread. */
  readonly spread: readonly SpreadDown[];
  /** How the numbers came about: "ceil(80% of 11) = 9". */
  readonly arithmetic: {
    readonly need: string;
    /** One for each amount of `parallelism`. */
    readonly parallelism: readonly string[];
    readonly tolerate: Readonly<Partial<Record<Failure, string>>>;
  };
}

export function planSummary(plan: RunPlan): PlanSummary {
  return { slots: plan.slots.map(slotSummary), finally: plan.finally.map(slotSummary) };
}

function slotSummary(slot: SlotPlan): SlotSummary {
  const jobs = slot.jobs.map((job) =>
    jobSummary(
      job,
      slot.jobs.find(({ name }) => name === job.undoes),
    ),
  );
  return {
    ...(slot.name === undefined ? {} : { name: slot.name }),
    ...(slot.confirm === undefined ? {} : { confirm: slot.confirm }),
    failFast: slot.failFast,
    jobs,
    mostDown: jobs.reduce((sum, job) => sum + (job.undoes === undefined ? job.mostDown.total : 0), 0),
  };
}

/** @param undone what the job undoes, where it undoes another */
function jobSummary(job: JobPlan, undone: JobPlan | undefined): JobSummary {
  const n = job.hosts.length;
  const numbers = jobNumbers(job, n, spreadNumbers(job));
  // Of a ramp as many as its largest step has.
  const undoing = undone === undefined ? undefined : jobNumbers(undone, n).window;
  return {
    name: job.name,
    ...(job.undoes === undefined ? {} : { undoes: job.undoes }),
    hosts: job.hosts.map((host) => host.name),
    onlyIfOk: job.onlyIfOk,
    need: numbers.need,
    window: undoing ?? numbers.window,
    steps: numbers.steps.map((step) => step.size),
    stepNeeds: numbers.steps.map((step) => step.need),
    tolerate: numbers.tolerate,
    mostDown: undoing === undefined ? mostDown(job, numbers) : downWhileUndoing(undoing, n),
    spread: undoing === undefined ? mostDownOfValues(job, numbers) : [],
    arithmetic: {
      need: needArithmetic(job.success, n),
      parallelism: job.parallelism.map((amount) => placesArithmetic(amount, n)),
      tolerate: tolerateArithmetic(job, n),
    },
  };
}

/** How many of them it is tried on at once; that they are down is what the job has done. */
function downWhileUndoing(places: number, hosts: number): MostDown {
  return { running: places, failed: 0, total: places, text: `${places} of ${hosts}` };
}

function tolerateArithmetic(job: JobPlan, hosts: number): Partial<Record<Failure, string>> {
  const texts: Partial<Record<Failure, string>> = {};
  for (const outcome of FAILURES) {
    const amount = job.tolerate[outcome];
    if (amount !== undefined) texts[outcome] = limitArithmetic(amount, hosts);
  }
  return texts;
}
