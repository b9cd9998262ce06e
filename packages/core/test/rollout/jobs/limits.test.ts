import { describe, expect, it } from "vitest";
import { Driver, kinds } from "../driver.ts";
import { count, planOf, share } from "../../../../../test/support/plans.ts";

describe("tolerate", () => {
  it("fails the job at the first outcome over its limit, whatever success would bear", () => {
    const run = Driver.begun(
      planOf({
        hosts: 40,
        success: share(50),
        parallelism: [count(4)],
        tolerate: { unreachable: share(5) },
      }),
    );
    run.end("h1", "unreachable");
    run.end("h2", "failed");
    run.end("h3", "failed");
    run.end("h4", "failed");
    run.end("h5", "unreachable");
    expect(run.outcome("h40")).toBeUndefined();
    run.end("h6", "unreachable");
    expect(run.outcome("h40")).toBe("skipped");
    for (const host of run.open()) run.end(host);
    expect(run.job()?.reason).toBe(
      "tolerates 2 unreachable of 40 hosts; 3 failed, 3 unreachable; 31 never started",
    );
  });

  it("of 0 stops at the first", () => {
    const run = Driver.begun(planOf({ hosts: 4, success: share(0), tolerate: { timedOut: count(0) } }));
    run.end("h1", "failed");
    expect(kinds(run.end("h2", "timedOut"))).toContain("revoke");
  });
});

describe("failedHostsHoldPlaces", () => {
  it("keeps a failed host's place, so that the window shrinks with each failure", () => {
    const run = Driver.begun(
      planOf({ hosts: 20, success: share(0), parallelism: [count(3)], failedHostsHoldPlaces: true }),
    );
    run.end("h1", "failed");
    expect(run.open()).toEqual(["h2", "h3"]);
    run.end("h2");
    expect(run.open()).toEqual(["h3", "h4"]);
    run.end("h3", "unreachable");
    expect(run.open()).toEqual(["h4"]);
    run.end("h4");
    expect(run.open()).toEqual(["h5"]);
  });

  it("fails the job when all places are held, and says so", () => {
    const run = Driver.begun(
      planOf({ hosts: 90, success: share(50), parallelism: [count(10)], failedHostsHoldPlaces: true }),
    );
    for (let host = 1; host <= 10; host++) run.end(`h${host}`, "failed");
    expect(run.job()).toMatchObject({
      verdict: "failed",
      reason: "all 10 places are held by failed hosts; 80 never started",
    });
  });

  it("holds across steps, and fails the job as the wait begins when the next step has no place", () => {
    const run = Driver.begun(
      planOf({
        hosts: 10,
        success: share(0),
        stepSuccess: share(0),
        parallelism: [count(1), count(1), count(8)],
        stepped: true,
        waitMs: 60_000,
        failedHostsHoldPlaces: true,
      }),
    );
    run.end("h1", "failed");
    expect(run.job()?.reason).toBe("the only place is held by a failed host; 9 never started");
    expect(run.all("stepEnded")).toMatchObject([{ step: 1, passed: true }]);
  });

  it("leaves a step the places that are not held: its hosts slide through them", () => {
    const run = Driver.begun(
      planOf({
        hosts: 8,
        success: share(0),
        stepSuccess: share(0),
        parallelism: [count(2), count(3)],
        stepped: true,
        failedHostsHoldPlaces: true,
      }),
    );
    run.end("h1", "failed");
    run.end("h2");
    expect(run.open()).toEqual(["h3", "h4"]); // step of 3, one place held
    run.end("h3");
    expect(run.open()).toEqual(["h4", "h5"]);
    run.end("h4");
    run.end("h5");
    expect(run.open()).toEqual(["h6", "h7"]);
  });

  it("is no reason to fail when no host is left to start", () => {
    const run = Driver.begun(
      planOf({ hosts: 2, success: share(0), parallelism: [count(2)], failedHostsHoldPlaces: true }),
    );
    run.end("h1", "failed");
    run.end("h2", "failed");
    expect(run.job()?.verdict).toBe("succeeded");
  });
});

describe("an unknown host whose process may still run", () => {
  const unsure = { mayBeRunning: true, reason: "no answer" };

  it("holds its place until the job ends", () => {
    const run = Driver.begun(planOf({ hosts: 6, success: share(0), parallelism: [count(2)] }));
    run.end("h1", "unknown", unsure);
    expect(run.open()).toEqual(["h2"]);
    run.end("h2", "unknown", { reason: "process gone" }); // proved gone: the place is free
    expect(run.open()).toEqual(["h3"]);
  });

  it("fails the job when all places are held so", () => {
    const run = Driver.begun(planOf({ hosts: 6, success: share(0), parallelism: [count(2)] }));
    run.end("h1", "unknown", unsure);
    run.end("h2", "unknown", unsure);
    expect(run.job()?.reason).toBe(
      "all 2 places are held by hosts whose commands may still run; 4 never started",
    );
  });
});

describe("boundFailures", () => {
  it("starts only while failures + in flight are at most those allowed", () => {
    const run = Driver.begun(planOf({ hosts: 100, success: share(97), boundFailures: true }));
    expect(run.open()).toHaveLength(4); // 3 allowed: 0 + 3 <= 3 lets a fourth start
    run.end("h1", "failed");
    expect(run.open()).toHaveLength(3); // 1 + 3 > 3
    run.end("h2");
    expect(run.open()).toEqual(["h3", "h4", "h5"]);
  });

  it("lets at most n − need + 1 hosts fail, even if all that start do", () => {
    const run = Driver.begun(planOf({ hosts: 100, success: share(97), boundFailures: true }));
    while (run.open().length > 0) run.end(run.open()[0] ?? "", "failed");
    expect(run.job()).toMatchObject({ verdict: "failed", counts: { failed: 4, skipped: 96 } });
  });

  it("bounds each tolerate as well", () => {
    const run = Driver.begun(
      planOf({ hosts: 100, success: share(50), tolerate: { timedOut: count(1) }, boundFailures: true }),
    );
    expect(run.open()).toHaveLength(2);
    while (run.open().length > 0) run.end(run.open()[0] ?? "", "timedOut");
    expect(run.job()?.counts).toMatchObject({ timedOut: 2, skipped: 98 });
  });

  it("goes one at a time with success 100%", () => {
    const run = Driver.begun(planOf({ hosts: 5, boundFailures: true }));
    expect(run.open()).toEqual(["h1"]);
    run.end("h1");
    expect(run.open()).toEqual(["h2"]);
  });
});
