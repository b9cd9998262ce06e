import { describe, expect, it } from "vitest";
import { Driver } from "../driver.ts";
import { count, planOf, share } from "../../../../../test/support/plans.ts";

describe("the sliding window", () => {
  it("starts floor(parallelism) hosts, in order, and the next as soon as one ends", () => {
    const run = Driver.begun(planOf({ hosts: 10, parallelism: [share(39)] }));
    expect(run.open()).toEqual(["h1", "h2", "h3"]);
    run.end("h2");
    expect(run.open()).toEqual(["h1", "h3", "h4"]);
    run.end("h1");
    expect(run.open()).toEqual(["h3", "h4", "h5"]);
  });

  it("starts at least one", () => {
    expect(Driver.begun(planOf({ hosts: 3, parallelism: [share(1)] })).open()).toEqual(["h1"]);
  });

  it("is at most all hosts", () => {
    expect(Driver.begun(planOf({ hosts: 3, parallelism: [count(50)] })).open()).toHaveLength(3);
  });

  it("tells the job's numbers at its start", () => {
    const run = Driver.begun(planOf({ hosts: 10, success: share(75), parallelism: [share(50)] }));
    expect(run.all("jobStarted")).toEqual([
      { type: "jobStarted", phase: "slots", slot: 0, job: 0, hosts: 10, need: 8, window: 5, steps: [] },
    ]);
  });
});
