import type { JobState } from "../state/job-state.ts";
import { FAILURES } from "../../work/outcome.ts";

/** Places of the running step, or of the window. */
export function placesNow(job: JobState): number {
  return job.step?.numbers.places ?? job.numbers.window;
}

/** How many hosts may start now, if those left fit the job's spread. */
export function startable(job: JobState): number {
  const last = job.step?.end ?? job.hosts.length;
  const free = placesNow(job) - job.inFlight.size - job.held;
  return Math.max(0, Math.min(last - job.next, free, failureBound(job)));
}

/** True when no host can start, now or later, since none is in flight that could give its place back. */
export function allPlacesHeld(job: JobState): boolean {
  return job.inFlight.size === 0 && job.next < job.hosts.length && job.held >= placesNow(job);
}

/**
 * boundFailures: a host starts only while failures + in flight are at most those allowed, in all and for
 * each outcome with a limit; so at most one more than allowed can fail.
 */
function failureBound(job: JobState): number {
  if (!job.plan.boundFailures) return Infinity;
  let bound = job.numbers.allowedFailures - job.failures;
  for (const outcome of FAILURES) {
    const limit = job.numbers.tolerate[outcome];
    if (limit !== undefined) bound = Math.min(bound, limit - job.counts[outcome]);
  }
  return bound - job.inFlight.size + 1;
}
