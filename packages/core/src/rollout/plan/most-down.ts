import type { JobNumbers } from "./job-numbers.ts";
import type { JobPlan } from "./plan.ts";

/** The most hosts of a job that its command and its failures take down at one moment. */
export interface MostDown {
  /** Hosts on which the command runs. */
  readonly running: number;
  /** Hosts that may have failed and stayed down. */
  readonly failed: number;
  /** Both at once; less than their sum where the sum is more than the hosts there are, or a bound applies. */
  readonly total: number;
  /** "50 running + 20 failed = 70 of 100"; where no failure is allowed "3 of 55". */
  readonly text: string;
}

/**
 * window + (n − need), at most n: one more failure decides the job, and then nothing starts. Where failed
 * hosts hold their places, the window; with boundFailures never more than n − need + 1.
 */
export function mostDown(
  job: Pick<JobPlan, "failedHostsHoldPlaces" | "boundFailures">,
  numbers: JobNumbers,
): MostDown {
  const { hosts } = numbers;
  const allowed = Math.max(0, numbers.allowedFailures);
  const bound = job.boundFailures ? Math.min(hosts, allowed + 1) : hosts;
  const running = Math.min(numbers.window, bound);
  if (job.failedHostsHoldPlaces) {
    const total = Math.min(bound, mostHeldAndRunning(numbers, allowed));
    return {
      running,
      failed: Math.min(allowed, total),
      total,
      text: `${total} running or failed of ${hosts}`,
    };
  }
  const total = Math.min(bound, running + allowed);
  const sum = `${running} running + ${allowed} failed`;
  if (allowed === 0) return { running, failed: allowed, total, text: `${total} of ${hosts}` };
  const text =
    total === running + allowed ? `${sum} = ${total} of ${hosts}` : `${sum}, at most ${total} of ${hosts}`;
  return { running, failed: allowed, total, text };
}

/** A step may find places held by hosts that failed in the steps before it. */
function mostHeldAndRunning({ window, steps }: JobNumbers, allowed: number): number {
  if (steps.length === 0) return window;
  let before = 0;
  let most = 0;
  for (const { size, places } of steps) {
    most = Math.max(most, Math.min(places, size + Math.min(allowed, before)));
    before += size;
  }
  return most;
}
