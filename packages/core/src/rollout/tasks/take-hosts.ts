import type { JobState } from "../state/job-state.ts";
import { StartOrder } from "../spread/start-order.ts";

/** Takes the job's next host in start order; with spread the next one that fits. Undefined: none does now. */
export function takeHost(job: JobState): number | undefined {
  const host = job.spread === undefined ? job.hosts[job.next] : orderOf(job)?.takeNext();
  if (host !== undefined) job.next += 1;
  return host;
}

/** Takes all hosts that are left, in start order; whose end is known is not among them any more. */
export function takeAll(job: JobState): Iterable<number> {
  const behind = job.step?.end ?? job.hosts.length;
  const order = job.spread?.order;
  const left =
    order === undefined ? job.hosts.slice(job.next) : [...order.rest(), ...job.hosts.slice(behind)];
  job.next = job.hosts.length;
  return left;
}

/** The host has ended; unless it holds its place, another one of its values may have it. */
export function leavePlace({ spread }: JobState, host: number, holds: boolean): void {
  if (spread === undefined) return;
  if (holds) {
    spread.places.hold(host);
    return;
  }
  spread.places.giveBack(host);
  spread.order?.gotPlace(host);
}

/** The host's end was known before it could take a place, and it is one that holds it. */
export function holdFromBefore({ spread }: JobState, host: number): void {
  spread?.places.take(host);
  spread?.places.hold(host);
}

/** Made when hosts begin to start: those whose end was known have been taken by then. */
export function orderOf(job: JobState): StartOrder | undefined {
  const { spread } = job;
  if (spread === undefined) return undefined;
  spread.order ??= new StartOrder(spread.places, job.hosts, job.next, job.step?.end ?? job.hosts.length);
  return spread.order;
}
