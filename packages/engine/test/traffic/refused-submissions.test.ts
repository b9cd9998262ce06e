import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RefusedSubmissions } from "../../src/traffic/refused-submissions.ts";

describe("a job server that takes no submission", () => {
  let told: string[];
  let refusals: RefusedSubmissions;
  const refusedAt = (...seconds: readonly number[]): void => {
    for (const at of seconds) refusals.refused("queue full", at * 1000);
  };

  beforeEach(() => {
    told = [];
    refusals = new RefusedSubmissions({
      mostMs: 10_000,
      onOver: () => {},
      onTooLong: (reason) => told.push(reason),
    });
  });
  afterEach(() => refusals.stop());

  it("is given up after its time, in its own words", () => {
    refusedAt(5, 6, 14.9);
    expect(told).toEqual([]);
    refusedAt(15);
    expect(told).toEqual([
      "the job server took no task for 10 s: queue full; a larger --server-timeout waits longer",
    ]);
  });

  it("is left alone for a moment after each refusal", () => {
    expect(refusals.pausing).toBe(false);
    refusedAt(1);
    expect(refusals.pausing).toBe(true);
    refusals.stop();
    expect(refusals.pausing).toBe(false);
  });

  it("is not given up while it has something of the run, however long that takes", () => {
    refusedAt(1);
    refusals.taken();
    refusals.taken();
    refusedAt(2, 500);
    refusals.ended();
    refusedAt(1000, 1020);
    refusals.ended();
    expect(told).toEqual([]);
    refusedAt(1021, 1030);
    expect(told).toEqual([]);
    refusedAt(1031);
    expect(told).toHaveLength(1);
  });
});
