import fc from "fast-check";
import type { GatePlan } from "../../src/rollout/plan/gate-plan.ts";
import type { JobPlan, RunPlan, SlotPlan } from "../../src/rollout/plan/plan.ts";
import { share } from "../../../../test/support/plans.ts";
import { plans } from "./arbitraries.ts";

/** Random plans of jobs that look at the site, and that are undone when they fail. */

const gate = fc.record({
  everyMs: fc.constantFrom(1000, 30_000),
  failures: fc.integer({ min: 1, max: 4 }),
  timeoutMs: fc.constant(10_000),
});

const additions = fc.record({
  gates: fc.array(gate, { maxLength: 3 }),
  bakeMs: fc.constantFrom(0, 60_000),
  hold: fc.boolean(),
  undo: fc.constantFrom("no", "yes", "unknownToo"),
});
type Additions = typeof additions extends fc.Arbitrary<infer A> ? A : never;

export const sitePlans: fc.Arbitrary<RunPlan> = fc
  .tuple(plans, fc.array(additions, { minLength: 1, maxLength: 6 }))
  .map(([plan, given]) => {
    let index = 0;
    const withAdditions = (slot: SlotPlan): SlotPlan => ({
      ...slot,
      jobs: slot.jobs.flatMap((job) => {
        const added = given[index++ % given.length];
        return added === undefined ? [job] : [gated(job, added), ...undoing(job, added)];
      }),
    });
    return { ...plan, slots: plan.slots.map(withAdditions), finally: plan.finally.map(withAdditions) };
  });

function gated(job: JobPlan, { gates, bakeMs, hold }: Additions): JobPlan {
  if (gates.length === 0) return job;
  const named = gates.map((fields, index): GatePlan => {
    return { name: `g${index + 1}`, ...fields, http: { url: "http://shop/", status: 200 } };
  });
  return { ...job, gates: named, bakeMs, ...(hold ? { onGateFail: "hold" as const } : {}) };
}

function undoing(job: JobPlan, { undo }: Additions): JobPlan[] {
  if (undo === "no") return [];
  const { deadlineMs: _, spread: _spread, ...rest } = job;
  return [
    {
      ...rest,
      name: `${job.name}.undo`,
      undoes: job.name,
      ...(undo === "yes" ? {} : { undoUnknown: true as const }),
      success: { kind: "count", count: 0 },
      parallelism: [job.parallelism[0]],
      stepped: false,
      stepSuccess: share(0),
      tolerate: {},
      onlyIfOk: [],
      failedHostsHoldPlaces: false,
      boundFailures: false,
    },
  ];
}
