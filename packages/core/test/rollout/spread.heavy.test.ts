import { describe, expect, it } from "vitest";
import type { RolloutAction } from "../../src/rollout/machine-events.ts";
import { jobNumbers } from "../../src/rollout/plan/job-numbers.ts";
import { mostDownOfValues } from "../../src/rollout/plan/most-down.ts";
import { spreadNumbers } from "../../src/rollout/plan/spread-numbers.ts";
import { FAILURES, isFailure } from "../../src/work/outcome.ts";
import { faultIn } from "./observe.ts";
import { exactLimit } from "./exact-amounts.ts";
import { type JobWatch, type RunWatch } from "./observer.ts";

/** The job of a submission that is the first one of its host, where it is spread. */
function firstStart(action: RolloutAction, watch: RunWatch): { job: JobWatch; host: number } | undefined {
  if (action.type !== "submit") return undefined;
  const { host } = action.task;
  const job = watch.jobOf(action.task);
  if (job?.plan.spread === undefined || job.submitted.includes(host)) return undefined;
  return { job, host };
}

/** How many more hosts places, step and boundFailures let start. */
function freeOf(job: JobWatch): number {
  const places = job.placesAt(job.submitted.length) - job.inFlight - job.held;
  if (!job.plan.boundFailures) return places;
  const limits = FAILURES.flatMap((outcome) => {
    const amount = job.plan.tolerate[outcome];
    return amount === undefined ? [] : [exactLimit(amount, job.hosts) - job.count(outcome)];
  });
  return Math.min(places, Math.min(job.hosts - job.need - job.failures, ...limits) - job.inFlight + 1);
}

describe("in every run whose jobs are spread over labels", { timeout: 120_000 }, () => {
  it("no value has more hosts in flight and held than its places", () => {
    expect(
      faultIn(() => ({
        action: (action, watch) => {
          const start = firstStart(action, watch);
          return start !== undefined && !start.job.fits(start.host) && `h${start.host + 1} does not fit`;
        },
      })),
    ).toBeUndefined();
  });

  it("a host starts before those behind it, unless it does not fit", () => {
    expect(
      faultIn(() => ({
        action: (action, watch) => {
          const start = firstStart(action, watch);
          if (start === undefined) return undefined;
          const first = start.job.nextOfStep.find((host) => start.job.fits(host));
          return first !== start.host && `host ${start.host} before ${first}`;
        },
      })),
    ).toBeUndefined();
  });

  it("nothing stands still while a host could start", () => {
    expect(
      faultIn(() => {
        const opened = new Map<JobWatch, number>();
        return {
          action: (action, watch) => {
            if (action.type !== "announce" || action.announcement.type !== "stepStarted") return undefined;
            const job = watch.jobOf(action.announcement);
            if (job !== undefined) opened.set(job, action.announcement.step);
            return undefined;
          },
          turn: (turn, watch) => {
            if (turn.actions.some((action) => action.type === "interrupt")) return undefined;
            for (const [key, job] of watch.jobs) {
              const over = job.verdict ?? job.broken ?? watch.isStopped(job.at);
              const step = job.steps.findIndex(({ end }) => job.submitted.length < end);
              const waits = job.plan.stepped && (opened.get(job) ?? 0) < step + 1;
              if (over !== undefined || waits || freeOf(job) <= 0) continue;
              const first = job.nextOfStep.find((host) => job.fits(host));
              if (first !== undefined) return `${key}: host ${first} could start`;
            }
            return undefined;
          },
        };
      }),
    ).toBeUndefined();
  });

  it("no more hosts of a value are down than the plan says", () => {
    expect(
      faultIn(() => ({
        turn: (_, watch) => {
          for (const { plan, order, submitted, ends, ...job } of watch.jobs.values()) {
            const numbers = jobNumbers(plan, order.length, spreadNumbers(plan, order));
            const down = submitted.filter((host) => isFailure(ends.get(host)?.outcome ?? "failed"));
            for (const { label, values } of mostDownOfValues(plan, numbers)) {
              for (const { value, mostDown } of values) {
                const here = down.filter((host) => plan.hosts[host]?.labels?.[label] === value).length;
                if (here > mostDown)
                  return `${job.startedAt}: ${here} of ${label}=${value}, ${mostDown} told`;
              }
            }
          }
          return undefined;
        },
      })),
    ).toBeUndefined();
  });
});
