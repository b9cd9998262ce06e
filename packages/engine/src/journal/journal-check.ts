import {
  fail,
  stageId,
  stageIndexOf,
  succeed,
  type Result,
  type RunEvent,
  type RunPlan,
  type StagePlan,
} from "@roadrunner/core";

/** Whether the events of a journal are of one run, and of what its plan has: slots, jobs, hosts and stages. */
export class JournalCheck {
  #run: string | undefined;
  /** By slot, from 1, and job. */
  #slots: readonly ReadonlyMap<string, Known>[] = [];

  /** The error says what is wrong with an event, after those that were checked before. */
  next(event: RunEvent): Result<void, string> {
    if (this.#run === undefined) return this.#begin(event);
    if (event.type === "run.started") return fail("the run starts a second time");
    if (event.run !== this.#run) return fail(`it is of run ${event.run}`);
    if (!("slot" in event)) return succeed(undefined);
    const jobs = this.#slots[event.slot - 1];
    if (jobs === undefined) return fail(`the plan has no slot ${event.slot}`);
    if (!("job" in event)) return succeed(undefined);
    const job = jobs.get(event.job);
    if (job === undefined) return fail(`slot ${event.slot} of the plan has no job ${event.job}`);
    if (!("host" in event)) return succeed(undefined);
    if (!job.hosts.has(event.host)) return fail(`job ${event.job} of the plan has no host ${event.host}`);
    const { stage, at } = event;
    if (stage === undefined || stageIndexOf(job.stages, { stage, at }) >= 0) return succeed(undefined);
    return fail(`job ${event.job} of the plan has no stage ${stageId({ stage, at })}`);
  }

  #begin(event: RunEvent): Result<void, string> {
    this.#run = event.run;
    if (event.type === "run.started") this.#slots = slotsOf(event.plan);
    return succeed(undefined);
  }
}

/** Names of a job's hosts, and its stages. */
interface Known {
  readonly hosts: ReadonlySet<string>;
  readonly stages: readonly StagePlan[];
}

function slotsOf(plan: RunPlan): readonly ReadonlyMap<string, Known>[] {
  return [...plan.slots, ...plan.finally].map(
    ({ jobs }) =>
      new Map(
        jobs.map(({ name, hosts, stages = [] as readonly StagePlan[] }) => [
          name,
          { hosts: new Set(hosts.map((host) => host.name)), stages },
        ]),
      ),
  );
}
