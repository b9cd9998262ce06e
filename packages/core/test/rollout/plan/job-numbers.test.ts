import { describe, expect, it } from "vitest";
import { jobNumbers } from "../../../src/rollout/plan/job-numbers.ts";
import { count, job, share, type JobFields } from "../../../../../test/support/plans.ts";

const numbers = (n: number, fields: Partial<JobFields>) => jobNumbers(job({ hosts: 0, ...fields }), n);
const sizes = (n: number, ...parallelism: [number | string, ...(number | string)[]]) => {
  const [first, ...rest] = parallelism.map((step) =>
    typeof step === "number" ? count(step) : share(parseFloat(step)),
  );
  if (first === undefined) throw new Error("no step");
  return numbers(n, { parallelism: [first, ...rest], stepped: true }).steps.map((step) => step.size);
};

describe("jobNumbers", () => {
  it("makes steps of all the job's hosts, of which the last repeats", () => {
    expect(sizes(10, 1, "30%", "100%")).toEqual([1, 3, 6]);
    expect(sizes(100, 1, "10%", "50%")).toEqual([1, 10, 50, 39]);
    expect(sizes(10, "30%")).toEqual([3, 3, 3, 1]);
    expect(sizes(11, "30%")).toEqual([3, 3, 3, 2]);
    expect(sizes(10, "99%")).toEqual([9, 1]);
    expect(sizes(3, "50%")).toEqual([1, 1, 1]);
    expect(sizes(5, 50)).toEqual([5]);
    expect(sizes(0, 1, "50%")).toEqual([]);
  });

  it("makes batches where Ansible loses a host: 29% of 100 is 29, not 28", () => {
    expect(sizes(100, "29%")).toEqual([29, 29, 29, 13]);
    expect(sizes(50, "58%")).toEqual([29, 21]);
  });

  it("rounds each step's need up, of that step's hosts", () => {
    const { steps } = numbers(10, {
      parallelism: [count(1), count(4)],
      stepped: true,
      stepSuccess: share(70),
    });
    expect(steps).toEqual([
      { size: 1, need: 1, places: 1 },
      { size: 4, need: 3, places: 4 },
      { size: 4, need: 3, places: 4 },
      { size: 1, need: 1, places: 4 },
    ]);
  });

  it("takes the largest step for the window", () => {
    expect(numbers(100, { parallelism: [count(1), share(40), share(10)], stepped: true }).window).toBe(40);
    expect(numbers(100, { parallelism: [share(40)] }).window).toBe(40);
  });

  it("floors tolerate, leaves out what has no limit", () => {
    const tolerate = { unreachable: share(5), timedOut: count(0) };
    expect(numbers(39, { tolerate }).tolerate).toEqual({ unreachable: 1, timedOut: 0 });
  });

  it("allows n − need failures", () => {
    expect(numbers(100, { success: share(80) })).toMatchObject({ hosts: 100, need: 80, allowedFailures: 20 });
    expect(numbers(5, { success: count(8) })).toMatchObject({ need: 8, allowedFailures: -3 });
  });
});
