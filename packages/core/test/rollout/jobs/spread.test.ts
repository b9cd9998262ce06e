import { describe, expect, it } from "vitest";
import type { HostPlan } from "../../../src/rollout/plan/host-plan.ts";
import type { TaskEnd } from "../../../src/rollout/machine-events.ts";
import { count, planOf, share } from "../../../../../test/support/plans.ts";
import { Driver } from "../driver.ts";

/** h1 and h2 in r1, h3 and h4 in r2, and so on; the zone is the rack's, odd or even. */
function racked(n: number): HostPlan[] {
  return Array.from({ length: n }, (_, index) => {
    const rack = Math.floor(index / 2) + 1;
    return { name: `h${index + 1}`, labels: { rack: `r${rack}`, zone: rack % 2 === 0 ? "even" : "odd" } };
  });
}

const oneARack = [{ label: "rack", most: count(1) }];

describe("spread", () => {
  it("starts the first host in order that fits, and the one jumped over as soon as it does", () => {
    const run = Driver.begun(planOf({ hosts: racked(6), parallelism: [count(2)], spread: oneARack }));
    expect(run.open()).toEqual(["h1", "h3"]);
    run.end("h3");
    expect(run.open()).toEqual(["h1", "h4"]);
    run.end("h1");
    expect(run.open()).toEqual(["h4", "h2"]);
    run.end("h4");
    expect(run.open()).toEqual(["h2", "h5"]);
    run.end("h2");
    expect(run.open()).toEqual(["h5"]);
    run.end("h5");
    run.end("h6");
    expect(run.run()?.verdict).toBe("succeeded");
  });

  it("holds each of several labels, and a share is of the hosts of the value", () => {
    const spread = [...oneARack, { label: "zone", most: share(50) }];
    const run = Driver.begun(planOf({ hosts: racked(10), spread }));
    // odd: r1, r3, r5, six hosts; even: r2, r4, four hosts.
    expect(run.open()).toEqual(["h1", "h3", "h5", "h7", "h9"]);
    run.end("h1");
    expect(run.open()).toEqual(["h3", "h5", "h7", "h9", "h2"]);
    run.end("h3");
    expect(run.open()).toEqual(["h5", "h7", "h9", "h2", "h4"]);
  });

  it("keeps a host's place while it waits for its next attempt", () => {
    const run = Driver.begun(
      planOf({ hosts: racked(2), spread: oneARack, retries: 1, retryDelayMs: 5000, success: share(0) }),
    );
    run.end("h1", "unreachable");
    expect(run.open()).toEqual(["h1"]);
    run.wait(10_000);
    run.end("h1", "unreachable");
    expect(run.open()).toEqual(["h2"]);
  });

  it("fills a step within the step, and never with a host of the next one", () => {
    const run = Driver.begun(
      planOf({
        hosts: racked(8),
        spread: oneARack,
        parallelism: [count(4)],
        stepped: true,
        success: share(50),
      }),
    );
    expect(run.open()).toEqual(["h1", "h3"]);
    run.end("h1");
    run.end("h3", "failed");
    expect(run.open()).toEqual(["h2", "h4"]);
    run.endAll(["h2", "h4"]);
    expect(run.open()).toEqual(["h5", "h7"]);
  });

  const mayRun: Partial<TaskEnd> = { mayBeRunning: true };

  it("fails the job when all that is left waits for a value whose places are held, and names who holds them", () => {
    const run = Driver.begun(planOf({ hosts: racked(4), spread: oneARack, success: share(25) }));
    run.end("h1", "unknown", mayRun);
    run.end("h3");
    expect(run.open()).toEqual(["h4"]);
    run.end("h4");
    expect(run.outcome("h2")).toBe("skipped");
    expect(run.job()).toMatchObject({
      verdict: "failed",
      reason: "of rack=r1 the only place is held by a host whose command may still run: h1; 1 never started",
    });
  });

  it("names each value that hosts wait for, of many the first", () => {
    const run = Driver.begun(planOf({ hosts: racked(10), spread: oneARack, success: share(0) }));
    for (const host of ["h1", "h3"]) run.end(host, "unknown", mayRun);
    for (const host of ["h5", "h6", "h7", "h8", "h9", "h10"]) run.end(host);
    const held = "the only place is held by a host whose command may still run";
    expect(run.job()?.reason).toBe(`of rack=r1 ${held}: h1; of rack=r2 ${held}: h3; 2 never started`);
  });

  it("names at most five of many, and with failedHostsHoldPlaces the failed ones", () => {
    const hosts = racked(20).map(({ name }) => ({ name, labels: { row: "a" } }));
    const run = Driver.begun(
      planOf({
        hosts,
        spread: [{ label: "row", most: count(7) }],
        success: share(0),
        failedHostsHoldPlaces: true,
      }),
    );
    for (let host = 1; host <= 7; host++) run.end(`h${host}`, "failed");
    expect(run.job()?.reason).toBe(
      "of row=a all 7 places are held by failed hosts: h1, h2, h3, h4, h5 and 2 more; 13 never started",
    );
  });

  it("says so as the wait begins, when no host of the next step will fit", () => {
    const run = Driver.begun(
      planOf({
        hosts: ["a", "a", "a", "b"].map((rack, index) => ({ name: `h${index + 1}`, labels: { rack } })),
        spread: oneARack,
        parallelism: [count(1), count(2)],
        stepped: true,
        waitMs: 60_000,
        success: share(0),
        stepSuccess: share(0),
      }),
    );
    run.end("h1", "unknown", mayRun);
    expect(run.job()?.reason).toContain("of rack=a the only place is held by");
    expect(run.outcome("h4")).toBe("skipped");
  });

  it("goes on with the hosts that fit, though the one before them never will", () => {
    const run = Driver.begun(
      planOf({ hosts: racked(8), spread: oneARack, parallelism: [count(2)], success: share(0) }),
    );
    run.end("h1", "unknown", mayRun);
    for (const host of ["h3", "h4", "h5", "h6", "h7"]) run.end(host);
    expect(run.open()).toEqual(["h8"]);
    expect(run.job()).toBeUndefined();
  });

  it("counts the host of an end that a resumed run knew, where that holds its place", () => {
    const knownEnds = new Map<string, TaskEnd>([
      ["slots/0/0/0", { outcome: "failed" }],
      ["slots/0/0/2", { outcome: "ok" }],
    ]);
    const fields = { hosts: racked(6), spread: oneARack, success: share(0), failedHostsHoldPlaces: true };
    const run = Driver.begun(planOf(fields), { knownEnds });
    expect(run.open()).toEqual(["h4", "h5"]);
  });
});
