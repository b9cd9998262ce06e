import { describe, expect, it } from "vitest";
import { formatMs } from "../../../src/rollout/duration-text.ts";
import { planSummary } from "../../../src/rollout/plan/plan-summary.ts";
import { count, job, plan, planOf, share, slot, type JobFields } from "../../../../../test/support/plans.ts";

const summary = (fields: JobFields) => {
  const first = planSummary(planOf(fields)).slots[0]?.jobs[0];
  if (first === undefined) throw new Error("no job");
  return first;
};

describe("planSummary", () => {
  it("gives hosts in order, need, window and steps", () => {
    const canary = summary({
      hosts: 10,
      success: share(80),
      parallelism: [count(1), share(30), share(100)],
      stepped: true,
      tolerate: { unreachable: share(25) },
    });
    expect(canary).toMatchObject({
      name: "job",
      hosts: ["h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9", "h10"],
      need: 8,
      window: 6,
      steps: [1, 3, 6],
      stepNeeds: [1, 3, 5],
      tolerate: { unreachable: 2 },
      arithmetic: {
        need: "ceil(80% of 10) = 8",
        parallelism: ["1", "floor(30% of 10) = 3", "floor(100% of 10) = 10"],
        tolerate: { unreachable: "floor(25% of 10) = 2" },
      },
    });
  });

  it("shows what rounding adds and what cutting takes", () => {
    expect(summary({ hosts: 3, parallelism: [share(1)] }).arithmetic.parallelism).toEqual([
      "floor(1% of 3) = 0, so 1",
    ]);
    expect(summary({ hosts: 3, parallelism: [count(50)] }).arithmetic.parallelism).toEqual(["50, cut to 3"]);
    expect(summary({ hosts: 3, success: count(2) }).arithmetic.need).toBe("2");
  });

  it("has of an undo as many at once as the largest step of what it undoes has, and not as its amount says", () => {
    const up = job({ name: "up", hosts: 5, stepped: true, parallelism: [count(1), count(2), share(100)] });
    const back = { ...up, name: "up.undo", undoes: "up", stepped: false };
    const [first, undo] = planSummary(plan([slot(up, back)])).slots[0]?.jobs ?? [];
    expect(first?.steps).toEqual([1, 2, 2]);
    expect(undo).toMatchObject({ window: 2, mostDown: { total: 2, text: "2 of 5" } });
  });

  it("is plain JSON, with the slots' own words", () => {
    const flow = plan(
      [{ ...slot(job({ hosts: 2 })), name: "db", confirm: "Go?", failFast: true }],
      [slot(job({ name: "z", hosts: 1 }))],
    );
    const text = planSummary(flow);
    expect(JSON.parse(JSON.stringify(text))).toEqual(text);
    expect(text.slots).toMatchObject([{ name: "db", confirm: "Go?", failFast: true, mostDown: 2 }]);
    expect(text.finally).toMatchObject([{ failFast: false, jobs: [{ name: "z" }] }]);
  });
});

describe("most hosts down at once", () => {
  it("is window + (n − need)", () => {
    expect(summary({ hosts: 100, success: share(80), parallelism: [share(50)] }).mostDown).toEqual({
      running: 50,
      failed: 20,
      total: 70,
      text: "50 running + 20 failed = 70 of 100",
    });
  });

  it("is what runs where no failure is allowed", () => {
    const { text } = summary({ hosts: 55, parallelism: [count(3)] }).mostDown;
    expect(text).toBe("3 of 55");
  });

  it("is at most n", () => {
    expect(summary({ hosts: 10, success: share(50) }).mostDown).toMatchObject({
      total: 10,
      text: "10 running + 5 failed, at most 10 of 10",
    });
  });

  it("is the window where failed hosts hold their places", () => {
    const held = { hosts: 100, success: share(80), failedHostsHoldPlaces: true };
    expect(summary({ ...held, parallelism: [count(10)] }).mostDown).toMatchObject({
      total: 10,
      text: "10 running or failed of 100",
    });
    // A last step of 6 may find 4 more places held by failures of the step before it.
    const ramp = {
      ...held,
      hosts: 10,
      success: share(0),
      parallelism: [count(4), share(100)] as const,
      stepped: true,
    };
    expect(summary(ramp).mostDown.total).toBe(10);
  });

  it("is n − need + 1 with boundFailures", () => {
    const bound = { hosts: 100, success: share(97), parallelism: [share(50)] as const, boundFailures: true };
    expect(summary(bound).mostDown).toMatchObject({ running: 4, total: 4 });
  });

  it("adds up over the jobs of a slot", () => {
    const flow = plan([
      slot(
        job({ name: "a", hosts: 10, parallelism: [count(3)] }),
        job({ name: "b", hosts: 5, parallelism: [count(2)] }),
      ),
    ]);
    expect(planSummary(flow).slots[0]?.mostDown).toBe(5);
  });
});

describe("formatMs", () => {
  it.each([
    [600_000, "10m"],
    [90_000, "1m30s"],
    [5_400_000, "1h30m"],
    [1500, "1s500ms"],
    [172_800_000, "2d"],
    [0, "0s"],
  ])("%s ms is %s", (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});
