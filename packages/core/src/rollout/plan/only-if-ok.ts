import type { JobPlan, RunPlan } from "./plan.ts";

/** Names of all jobs that some onlyIfOk asks about. */
export function jobsAskedAbout(plan: RunPlan): Set<string> {
  const slots = [...plan.slots, ...plan.finally];
  return new Set(slots.flatMap((slot) => slot.jobs.flatMap((job) => job.onlyIfOk)));
}

/**
 * Indices of the job's hosts that take part: those that ended ok in all jobs of `onlyIfOk`. A job that
 * has not ended gave no host an ok; hosts left out are no tasks of the run.
 */
export function hostsTakingPart(
  job: JobPlan,
  okHosts: ReadonlyMap<string, ReadonlySet<string>>,
): Uint32Array {
  const all = new Uint32Array(job.hosts.length).map((_, index) => index);
  if (job.onlyIfOk.length === 0) return all;
  const asked = job.onlyIfOk.map((name) => okHosts.get(name));
  return all.filter((index) => {
    const host = job.hosts[index];
    return host !== undefined && asked.every((ok) => ok?.has(host.name) === true);
  });
}
