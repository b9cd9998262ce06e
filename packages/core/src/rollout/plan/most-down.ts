import type { JobNumbers } from "./job-numbers.ts";
import type { JobPlan } from "./plan.ts";
import { mostBySpread, type ValueNumbers } from "./spread-numbers.ts";
import { formatAmount } from "./amount.ts";

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
  const most = mostBySpread(numbers.spread);
  const running = Math.min(numbers.window, bound, most);
  if (job.failedHostsHoldPlaces) {
    const total = Math.min(bound, most, mostHeldAndRunning(numbers, allowed));
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

/** How many hosts of each value of a label may be down at one moment. */
export interface SpreadDown {
  readonly label: string;
  /** As the flow says it: "1", "25%". */
  readonly most: string;
  readonly values: readonly (ValueNumbers & { readonly mostDown: number })[];
}

/** For each value what `mostDown` says of the whole job, within its own hosts and places. */
export function mostDownOfValues(
  job: Pick<JobPlan, "failedHostsHoldPlaces" | "boundFailures">,
  numbers: JobNumbers,
): readonly SpreadDown[] {
  const { running, failed, total } = mostDown(job, numbers);
  return numbers.spread.map(({ label, most, values }) => ({
    label,
    most: formatAmount(most),
    values: values.map((value) => {
      const held = job.failedHostsHoldPlaces ? 0 : failed;
      const down = Math.min(value.places, running) + held;
      return { ...value, mostDown: Math.min(value.hosts, total, down) };
    }),
  }));
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
