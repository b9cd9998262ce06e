import { fail, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";

/** Whether the events of a journal are of one run, and of what its plan has: slots, jobs and hosts. */
export class JournalCheck {
  #run: string | undefined;
  /** By slot, from 1, and job: its hosts. */
  #slots: readonly ReadonlyMap<string, ReadonlySet<string>>[] = [];

  /** The error says what is wrong with an event, after those that were checked before. */
  next(event: RunEvent): Result<void, string> {
    if (this.#run === undefined) return this.#begin(event);
    if (event.type === "run.started") return fail("the run starts a second time");
    if (event.run !== this.#run) return fail(`it is of run ${event.run}`);
    if (!("slot" in event)) return succeed(undefined);
    const jobs = this.#slots[event.slot - 1];
    if (jobs === undefined) return fail(`the plan has no slot ${event.slot}`);
    if (!("job" in event)) return succeed(undefined);
    const hosts = jobs.get(event.job);
    if (hosts === undefined) return fail(`slot ${event.slot} of the plan has no job ${event.job}`);
    return !("host" in event) || hosts.has(event.host)
      ? succeed(undefined)
      : fail(`job ${event.job} of the plan has no host ${event.host}`);
  }

  #begin(event: RunEvent): Result<void, string> {
    this.#run = event.run;
    if (event.type === "run.started") this.#slots = slotsOf(event.plan);
    return succeed(undefined);
  }
}

function slotsOf(plan: RunPlan): readonly ReadonlyMap<string, ReadonlySet<string>>[] {
  return [...plan.slots, ...plan.finally].map(
    ({ jobs }) => new Map(jobs.map(({ name, hosts }) => [name, new Set(hosts.map((host) => host.name))])),
  );
}
