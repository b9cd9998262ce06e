import { describe, expect, it } from "vitest";
import { Driver, kinds } from "./driver.ts";
import { count, hosts, job, plan, share, slot } from "../../../../test/support/plans.ts";

describe("finally", () => {
  const flow = plan(
    [slot(job({ name: "a", hosts: 1 }))],
    [slot(job({ name: "y", hosts: 1 })), slot(job({ name: "z", hosts: 1 }))],
  );

  it("runs after success", () => {
    const run = Driver.begun(flow);
    run.endAll(["a/h1", "y/h1", "z/h1"]);
    expect(run.run()).toMatchObject({ verdict: "succeeded", counts: { ok: 3 } });
    expect(run.run()).not.toHaveProperty("reason");
  });

  it("runs after failure, which stays the reason", () => {
    const run = Driver.begun(flow);
    run.end("a/h1", "failed");
    run.endAll(["y/h1", "z/h1"]);
    expect(run.run()).toMatchObject({
      verdict: "failed",
      reason: 'slot 1: job "a": needs 1 of 1 host; 1 failed',
    });
  });

  it("makes the run failed when it fails, without hiding the first reason", () => {
    const run = Driver.begun(flow);
    run.end("a/h1", "timedOut");
    run.end("y/h1", "failed");
    expect(run.outcome("z/h1")).toBe("skipped");
    expect(run.run()).toMatchObject({
      verdict: "failed",
      reason:
        'slot 1: job "a": needs 1 of 1 host; 1 timed out; slot 2 (finally): job "y": needs 1 of 1 host; 1 failed; 1 host of later slots never started',
    });
  });

  it("makes a succeeded run failed", () => {
    const run = Driver.begun(flow);
    run.endAll(["a/h1", "y/h1"]);
    run.end("z/h1", "failed");
    expect(run.run()).toMatchObject({
      verdict: "failed",
      reason: 'slot 3 (finally): job "z": needs 1 of 1 host; 1 failed',
    });
  });
});

describe("confirm", () => {
  const asking = plan(
    [
      slot(job({ name: "a", hosts: 1 })),
      { ...slot(job({ name: "b", hosts: 1 })), name: "fe", confirm: "All well?" },
    ],
    [slot(job({ name: "z", hosts: 1 }))],
  );

  it("asks before the slot and goes on by confirmed", () => {
    const run = Driver.begun(asking);
    const actions = run.end("a/h1");
    expect(actions.at(-1)).toEqual({ type: "askToConfirm", phase: "slots", slot: 1, text: "All well?" });
    expect(run.open()).toEqual([]);
    expect(run.wait(3_600_000)).toEqual([]);
    expect(run.mode).toBe("confirming");
    expect(kinds(run.send({ type: "confirmed", by: "ann" })).slice(0, 2)).toEqual([
      "slotStarted",
      "jobStarted",
    ]);
    expect(run.all("slotStarted").map(({ by }) => by)).toEqual([undefined, "ann"]);
    expect(run.send({ type: "confirmed" })).toEqual([]);
    run.endAll(["b/h1", "z/h1"]);
    expect(run.run()?.verdict).toBe("succeeded");
  });

  it("takes no yes that was meant for another slot", () => {
    const run = Driver.begun(asking);
    run.end("a/h1");
    expect(run.send({ type: "confirmed", phase: "slots", slot: 0 })).toEqual([]);
    expect(run.send({ type: "confirmed", phase: "finally", slot: 1 })).toEqual([]);
    expect(run.send({ type: "confirmed", phase: "slots", slot: 1 })).not.toEqual([]);
  });

  it("takes a stop request for a no: the slot is skipped, finally runs", () => {
    const run = Driver.begun(asking);
    run.end("a/h1");
    run.stop();
    expect(run.outcome("b/h1")).toBe("skipped");
    run.end("z/h1");
    expect(run.run()).toMatchObject({ verdict: "cancelled", counts: { ok: 2, skipped: 1 } });
  });

  it("asks for finally slots too, and a stop there ends the run", () => {
    const run = Driver.begun(plan([], [{ ...slot(job({ hosts: 2 })), confirm: "Clean up?" }]));
    expect(run.mode).toBe("confirming");
    run.stop();
    expect(run.run()).toMatchObject({ verdict: "cancelled", counts: { skipped: 2 } });
  });
});

describe("onlyIfOk", () => {
  const after = (onlyIfOk: string[], fields = {}) =>
    plan([
      slot(job({ name: "a", hosts: 4, success: share(0) }), job({ name: "b", hosts: 3, success: share(0) })),
      slot(job({ name: "c", hosts: 5, onlyIfOk, ...fields })),
    ]);

  it("takes only hosts that ended ok in the named job, in its own order, and counts n after that", () => {
    const flow = after(["a"], { hosts: hosts(5).toReversed(), parallelism: [share(50)] });
    const run = Driver.begun(flow);
    run.end("a/h2", "failed");
    run.endAll(["a/h1", "a/h3", "a/h4", "b/h1", "b/h2", "b/h3"]);
    expect(run.all("jobStarted").at(-1)).toMatchObject({ hosts: 3, need: 3, window: 1 });
    run.end("c/h4");
    run.end("c/h3");
    run.end("c/h1");
    expect(run.run()).toMatchObject({ verdict: "succeeded", counts: { ok: 9, failed: 1, skipped: 0 } });
  });

  it("asks for ok in all of several jobs", () => {
    const run = Driver.begun(after(["a", "b"]));
    run.endAll(["a/h1", "a/h2", "a/h4", "b/h2", "b/h3"]);
    run.endAll(["a/h3", "b/h1"], "failed");
    expect(run.submissions("c/h2")).toHaveLength(1);
    expect(run.all("jobStarted").at(-1)).toMatchObject({ hosts: 1 });
  });

  it("with no host left is done at once, and warns", () => {
    const run = Driver.begun(after(["b"]));
    run.endAll(["b/h1", "b/h2", "b/h3"], "unreachable");
    run.endAll(["a/h1", "a/h2", "a/h3", "a/h4"]);
    expect(run.job("c")).toMatchObject({ verdict: "succeeded" });
    expect(run.all("warning")).toEqual([
      { type: "warning", text: 'job "c" has nothing to do: none of its 5 hosts ended ok in b' },
    ]);
  });

  it("fails at the start when too few hosts are left for a success that is a number", () => {
    const run = Driver.begun(after(["b"], { success: count(3) }));
    run.end("b/h1", "failed");
    run.endAll(["b/h2", "b/h3", "a/h1", "a/h2", "a/h3", "a/h4"]);
    expect(run.submissions("c/h2")).toEqual([]);
    expect(run.job("c")).toMatchObject({
      verdict: "failed",
      reason: "needs 3 hosts, and onlyIfOk left 2; 2 never started",
    });
  });

  it("decides a failFast slot before any host starts, when it leaves one of the jobs too few", () => {
    const flow = plan([
      slot(job({ name: "a", hosts: 2, success: share(0) })),
      {
        ...slot(
          job({ name: "b", hosts: 2 }),
          job({ name: "c", hosts: 2, onlyIfOk: ["a"], success: count(2) }),
        ),
        failFast: true,
      },
    ]);
    const run = Driver.begun(flow);
    run.endAll(["a/h1", "a/h2"], "failed");
    expect(run.open()).toEqual([]);
    expect(run.job("b")).toMatchObject({ verdict: "cancelled", counts: { skipped: 2 } });
    expect(run.run()).toMatchObject({ verdict: "failed" });
  });

  it("leaves hosts out of a slot that never starts: they are no tasks of the run", () => {
    const flow = plan([
      slot(job({ name: "a", hosts: 3, success: share(50), parallelism: [count(1)] })),
      slot(job({ name: "x", hosts: [{ name: "x1" }] })),
      slot(job({ name: "c", hosts: 3, onlyIfOk: ["a"] })),
    ]);
    const run = Driver.begun(flow);
    run.end("a/h1", "failed");
    run.endAll(["a/h2", "a/h3"]);
    run.end("x1", "failed");
    expect(["c/h1", "c/h2", "c/h3"].map((name) => run.outcome(name))).toEqual([
      undefined,
      "skipped",
      "skipped",
    ]);
    expect(run.run()?.counts).toMatchObject({ ok: 2, failed: 2, skipped: 2 });
  });
});
