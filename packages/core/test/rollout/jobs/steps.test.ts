import { describe, expect, it } from "vitest";
import { Driver, kinds } from "../driver.ts";
import { count, planOf, share, type JobFields } from "../../../../../test/support/plans.ts";

const ramp = (fields: Partial<JobFields> = {}) =>
  planOf({ hosts: 10, parallelism: [count(1), count(3), count(4)], stepped: true, ...fields });

describe("steps", () => {
  it("start when every host of the step before has ended", () => {
    const run = Driver.begun(ramp());
    expect(run.open()).toEqual(["h1"]);
    run.end("h1");
    expect(run.open()).toEqual(["h2", "h3", "h4"]);
    run.end("h3");
    run.end("h2");
    expect(run.open()).toEqual(["h4"]); // a barrier: nobody slides in
    run.end("h4");
    expect(run.open()).toEqual(["h5", "h6", "h7", "h8"]);
    for (const host of ["h5", "h6", "h7", "h8"]) run.end(host);
    expect(run.open()).toEqual(["h9", "h10"]);
  });

  it("are announced, each with its hosts and need, and end before the job does", () => {
    const run = Driver.begun(planOf({ hosts: 3, parallelism: [count(1), count(2)], stepped: true }));
    run.end("h1");
    run.end("h2");
    expect(kinds(run.end("h3"))).toEqual(["taskEnded", "stepEnded", "jobEnded", "slotEnded", "runEnded"]);
    expect(run.all("stepStarted")).toMatchObject([
      { step: 1, hosts: 1, need: 1 },
      { step: 2, hosts: 2, need: 2 },
    ]);
    expect(run.all("stepEnded")).toMatchObject([
      { step: 1, passed: true },
      { step: 2, passed: true },
    ]);
  });

  it("that do not pass fail the job: a failed canary stops the ramp, whatever the job would tolerate", () => {
    const run = Driver.begun(ramp({ success: share(50), stepSuccess: share(100) }));
    run.end("h1", "failed");
    expect(run.job()).toMatchObject({
      verdict: "failed",
      reason: "step 1 needs 1 of 1 host; 1 failed; 9 never started",
    });
    expect(run.all("stepEnded")).toMatchObject([
      { step: 1, passed: false, reason: "needs 1 of 1 host; 0 ok; 1 failed" },
    ]);
    expect(run.all("stepStarted")).toHaveLength(1);
  });

  it("fail the job at the failure that makes passing impossible, not at their end", () => {
    const run = Driver.begun(ramp({ success: share(50), stepSuccess: share(60) })); // 2 of 3 in step 2
    run.end("h1");
    run.end("h2", "failed");
    expect(run.outcome("h10")).toBeUndefined();
    expect(kinds(run.end("h3", "failed"))).toContain("revoke");
    expect(run.outcome("h10")).toBe("skipped");
    expect(run.job()).toBeUndefined(); // h4 runs on
    run.end("h4");
    expect(run.job()?.reason).toBe("step 2 needs 2 of 3 hosts; 2 failed; 6 never started");
  });

  it("tell their own failures apart from those of the steps before", () => {
    const run = Driver.begun(ramp({ success: share(50), stepSuccess: share(60) }));
    run.end("h1");
    run.end("h2", "unreachable");
    run.end("h3");
    run.end("h4");
    run.end("h5", "failed");
    run.end("h6", "failed");
    run.end("h7");
    run.end("h8");
    expect(run.job()?.reason).toBe(
      "step 3 needs 3 of 4 hosts; 2 of these failed; in all 2 failed, 1 unreachable; 2 never started",
    );
  });

  it("fail the job when hosts withdrawn elsewhere leave too few ok", () => {
    const run = Driver.begun(ramp({ success: share(50), stepSuccess: share(100) }));
    run.end("h1", "cancelled");
    expect(run.job()).toMatchObject({
      verdict: "failed",
      reason: "step 1 needs 1 of 1 host; 1 cancelled; 9 never started",
    });
  });

  it("pass with failures that stepSuccess allows, and these count for the job", () => {
    const run = Driver.begun(ramp({ success: share(90), stepSuccess: share(50) }));
    run.end("h1");
    run.end("h2", "failed");
    run.end("h3");
    run.end("h4");
    expect(run.open()).toEqual(["h5", "h6", "h7", "h8"]);
    run.end("h5", "failed");
    expect(run.outcome("h9")).toBe("skipped"); // 2 failures of 1 allowed
  });

  it("are steps also when the list has one entry", () => {
    const run = Driver.begun(planOf({ hosts: 5, parallelism: [count(2)], stepped: true }));
    run.end("h1");
    expect(run.open()).toEqual(["h2"]);
  });
});

describe("wait", () => {
  const waiting = () => {
    const run = Driver.begun(ramp({ waitMs: 60_000 }));
    const actions = run.end("h1");
    return { run, actions };
  };

  it("pauses between steps, not before the first, and asks to be woken", () => {
    const { run, actions } = waiting();
    expect(actions).toContainEqual({ type: "wakeAt", at: run.now + 60_000 });
    expect(run.open()).toEqual([]);
    run.wait(59_999);
    expect(run.open()).toEqual([]);
    expect(run.all("stepStarted")).toHaveLength(1);
    const asked = ["taskAsked", "submit"];
    expect(kinds(run.wait(1))).toEqual(["stepStarted", ...asked, ...asked, ...asked]);
    expect(run.open()).toEqual(["h2", "h3", "h4"]);
  });

  it("does not come after the last step", () => {
    const run = Driver.begun(planOf({ hosts: 2, parallelism: [count(1)], stepped: true, waitMs: 1000 }));
    run.end("h1");
    run.wait(1000);
    run.end("h2");
    expect(run.run()?.verdict).toBe("succeeded");
  });

  it("is over at once for a stop request", () => {
    const { run } = waiting();
    run.stop();
    expect(run.run()).toMatchObject({ verdict: "cancelled", counts: { ok: 1, skipped: 9 } });
  });

  it("is over when any later event says that its time has passed", () => {
    const run = Driver.begun(ramp({ waitMs: 1000 }));
    run.end("h1");
    run.now += 5000;
    run.send({ type: "confirmed" }); // means nothing here, but carries the time
    expect(run.open()).toEqual(["h2", "h3", "h4"]);
  });
});
