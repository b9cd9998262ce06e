import { describe, expect, it } from "vitest";
import { Driver, kinds } from "../driver.ts";
import { count, hosts, job, plan, planOf, share, slot } from "../../../../../test/support/plans.ts";

const names = (n: number) => hosts(n).map((host) => host.name);

describe("the verdict of a job", () => {
  it("is succeeded when every host ended and ok >= need", () => {
    const run = Driver.begun(planOf({ hosts: 10, success: share(80) }));
    run.endAll(["h1", "h2"], "failed");
    run.endAll(names(10).slice(2, 9));
    expect(run.job()).toBeUndefined();
    run.end("h10");
    expect(run.job()).toMatchObject({ verdict: "succeeded", counts: { ok: 8, failed: 2 } });
    expect(run.job()).not.toHaveProperty("reason");
    expect(run.run()).toMatchObject({ verdict: "succeeded" });
  });

  it("is failed at the very failure after n - need, and says so in numbers", () => {
    const run = Driver.begun(planOf({ hosts: 100, success: share(80), parallelism: [count(50)] }));
    const all = names(100);
    run.endAll(all.slice(0, 20), "failed");
    run.endAll(all.slice(20, 34));
    expect(run.open()).toHaveLength(50);
    const actions = run.end(run.open()[0] ?? "", "unreachable");
    expect(kinds(actions)).toEqual(["taskEnded", "revoke", ...Array(16).fill("taskEnded")]);
    expect(run.job()).toBeUndefined(); // 49 still run
    run.endAll(run.open());
    expect(run.job()).toMatchObject({
      verdict: "failed",
      reason: "needs 80 of 100 hosts; 20 failed, 1 unreachable; 16 never started",
      counts: { ok: 63, failed: 20, unreachable: 1, skipped: 16 },
    });
    expect(run.run()).toMatchObject({ verdict: "failed" });
  });

  it("counts failures of running hosts after the decision, and decides once", () => {
    const run = Driver.begun(planOf({ hosts: 4, parallelism: [count(2)] }));
    run.end("h1", "failed");
    expect(kinds(run.end("h2", "timedOut"))).toEqual(["taskEnded", "jobEnded", "slotEnded", "runEnded"]);
    expect(run.job()?.reason).toBe("needs 4 of 4 hosts; 1 failed, 1 timed out; 2 never started");
  });

  it('is succeeded with "0%" whatever happens: best effort', () => {
    const run = Driver.begun(planOf({ hosts: 3, success: share(0) }));
    run.endAll(names(3), "failed");
    expect(run.job()).toMatchObject({ verdict: "succeeded", counts: { failed: 3 } });
  });

  it("is cancelled when a host was withdrawn elsewhere and need is missed without failures", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.end("h1", "cancelled");
    run.end("h2");
    expect(run.job()).toMatchObject({
      verdict: "cancelled",
      reason: "needs 2 of 2 hosts; 1 ok; 1 cancelled",
    });
    expect(run.run()).toMatchObject({ verdict: "cancelled" });
  });

  it.each(["failed", "timedOut", "unreachable", "refused", "unknown"] as const)(
    "counts %s as a failure",
    (outcome) => {
      const run = Driver.begun(planOf({ hosts: 2 }));
      run.end("h1", outcome);
      run.end("h2");
      expect(run.job()?.verdict).toBe("failed");
    },
  );
});

describe("slots", () => {
  const two = plan([
    slot(job({ name: "a", hosts: 1 }), job({ name: "b", hosts: 2 })),
    slot(job({ name: "c", hosts: 3 })),
  ]);

  it("run one after another: the next starts when every job of the one before succeeded", () => {
    const run = Driver.begun(two);
    run.endAll(["b/h1", "a/h1"]);
    expect(run.all("slotStarted")).toHaveLength(1);
    const actions = run.end("b/h2");
    expect(kinds(actions).slice(0, 5)).toEqual([
      "taskEnded",
      "jobEnded",
      "slotEnded",
      "slotStarted",
      "jobStarted",
    ]);
    run.endAll(["c/h1", "c/h2", "c/h3"]);
    expect(run.run()).toMatchObject({ verdict: "succeeded", counts: { ok: 6 } });
    expect(run.mode).toBe("ended");
  });

  it("after a failed one never start, and their hosts are skipped", () => {
    const run = Driver.begun(two);
    run.end("a/h1", "failed");
    expect(run.all("slotEnded")).toEqual([]); // job b goes on: no failFast
    run.endAll(["b/h1", "b/h2"]);
    expect(run.all("slotEnded")).toMatchObject([
      { verdict: "failed", reason: 'job "a": needs 1 of 1 host; 1 failed' },
    ]);
    expect(run.all("slotStarted")).toHaveLength(1);
    expect(["c/h1", "c/h2", "c/h3"].map((name) => run.outcome(name))).toEqual([
      "skipped",
      "skipped",
      "skipped",
    ]);
    expect(run.run()).toMatchObject({
      verdict: "failed",
      reason: 'slot 1: job "a": needs 1 of 1 host; 1 failed; 3 hosts of later slots never started',
      counts: { ok: 2, failed: 1, skipped: 3 },
    });
  });

  it("tell the reasons of three jobs, and how many more there are", () => {
    const run = Driver.begun(
      plan([slot(...["a", "b", "c", "d", "e"].map((name) => job({ name, hosts: 1 })))]),
    );
    run.endAll(["a/h1", "b/h1", "c/h1", "d/h1", "e/h1"], "failed");
    expect(run.all("slotEnded")[0]?.reason).toBe(
      `${["a", "b", "c"].map((name) => `job "${name}": needs 1 of 1 host; 1 failed`).join("; ")}; 2 more jobs likewise`,
    );
  });

  it("after one that is cancelled without a stop request never start either", () => {
    const run = Driver.begun(two);
    run.endAll(["a/h1"], "cancelled"); // withdrawn elsewhere
    run.endAll(["b/h1", "b/h2"]);
    expect(run.outcome("c/h1")).toBe("skipped");
    expect(run.run()).toMatchObject({ verdict: "cancelled", counts: { ok: 2, cancelled: 1, skipped: 3 } });
  });

  it("that are empty are over at once, however many there are", () => {
    const run = Driver.begun(plan(Array.from({ length: 20_000 }, () => slot())));
    expect(run.run()).toMatchObject({ verdict: "succeeded" });
  });
});
