import { describe, expect, it } from "vitest";
import { retryDelayMs } from "../../../src/rollout/tasks/delays.ts";
import { Driver, kinds } from "../driver.ts";
import { count, job, plan, planOf, share, slot, type JobFields } from "../../../../../test/support/plans.ts";

const retrying = (fields: Partial<JobFields> = {}) =>
  planOf({ hosts: 4, parallelism: [count(2)], retries: 2, retryDelayMs: 4000, ...fields });

describe("retries", () => {
  it("announce the attempt as not final, wait, and submit the next attempt", () => {
    const run = Driver.begun(retrying());
    const actions = run.end("h1", "unreachable", { reason: "no route" });
    expect(kinds(actions)).toEqual(["taskEnded", "taskRetrying", "wakeAt"]);
    const [retrying_] = run.all("taskRetrying");
    expect(run.all("taskEnded")).toMatchObject([{ final: false, task: { attempt: 1 } }]);
    expect(retrying_).toMatchObject({ task: { attempt: 1 }, reason: "no route" });
    expect(retrying_).not.toHaveProperty("sameAttempt");
    const inMs = retrying_?.inMs ?? 0;
    expect(actions).toContainEqual({ type: "wakeAt", at: run.now + inMs });
    run.wait(inMs - 1);
    expect(run.task("h1").attempt).toBe(1);
    run.wait(1);
    expect(
      run.submissions("h1").map(({ task, again, submission }) => [task.attempt, again, submission]),
    ).toEqual([
      [1, false, 1],
      [2, false, 1],
    ]);
  });

  it("without a delay go out at once", () => {
    const run = Driver.begun(retrying({ hosts: 1, retryDelayMs: 0 }));
    expect(kinds(run.end("h1", "unreachable"))).toEqual(["taskEnded", "taskRetrying", "taskAsked", "submit"]);
  });

  it("hold the host's place while they wait", () => {
    const run = Driver.begun(retrying());
    run.end("h1", "unreachable");
    expect(run.submissions("h3")).toHaveLength(0);
    run.end("h2");
    expect(run.submissions("h3")).toHaveLength(1);
    expect(run.submissions("h4")).toHaveLength(0);
  });

  it("count a host once: its last outcome", () => {
    const run = Driver.begun(retrying({ hosts: 1 }));
    for (let attempt = 1; attempt <= 2; attempt++) {
      run.end("h1", "unreachable");
      run.wait(10_000);
    }
    expect(run.job()).toBeUndefined();
    run.end("h1", "unreachable");
    expect(run.all("taskEnded").map(({ task, final }) => [task.attempt, final])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(run.job()).toMatchObject({ verdict: "failed", counts: { unreachable: 1 } });
  });

  it("succeed when a later attempt does", () => {
    const run = Driver.begun(retrying({ hosts: 1 }));
    run.end("h1", "unreachable");
    run.wait(10_000);
    run.end("h1");
    expect(run.run()).toMatchObject({ verdict: "succeeded", counts: { ok: 1, unreachable: 0 } });
  });

  it("are only for the outcomes of retryOn", () => {
    const run = Driver.begun(retrying({ success: share(0), retryOn: ["timedOut"] }));
    run.end("h1", "unreachable");
    run.end("h2", "timedOut");
    expect(run.outcome("h1")).toBe("unreachable");
    expect(run.outcome("h2")).toBeUndefined();
  });

  it.each([
    ["another attempt would end alike", { noRetry: true }],
    ["the last attempt may still run", { mayBeRunning: true }],
  ])("never happen when %s", (_, rest) => {
    const run = Driver.begun(retrying({ success: share(0), retryOn: ["unreachable", "unknown"] }));
    run.end("h1", "unknown", rest);
    expect(run.outcome("h1")).toBe("unknown");
  });

  it.each(["cancelled", "skipped", "ok"] as const)("never follow %s", (outcome) => {
    const run = Driver.begun(
      retrying({ retryOn: ["failed", "timedOut", "unreachable", "refused", "unknown"] }),
    );
    run.end("h1", outcome);
    expect(run.outcome("h1")).toBe(outcome);
  });

  it("end with their last outcome when the job is decided, before the rest is skipped", () => {
    const run = Driver.begun(retrying({ hosts: 4, success: share(75) }));
    run.end("h1", "unreachable", { reason: "no route" });
    run.end("h2", "failed");
    run.end("h3", "failed");
    expect(run.finalEnd("h1")).toEqual({ outcome: "unreachable", reason: "no route" });
    expect(run.job()).toMatchObject({
      verdict: "failed",
      counts: { failed: 2, unreachable: 1, skipped: 1 },
    });
    expect(run.all("taskEnded").filter(({ task }) => task.host === 0)).toMatchObject([
      { final: false, task: { attempt: 1 } },
      { final: true, task: { attempt: 1 } },
    ]);
    run.wait(60_000);
    expect(run.submissions("h1")).toHaveLength(1);
  });

  it("do not follow once the job is decided: what runs then ends as it ends", () => {
    const run = Driver.begun(retrying({ hosts: 4 }));
    run.start("h2");
    run.end("h1", "failed");
    run.end("h2", "unreachable");
    expect(run.outcome("h2")).toBe("unreachable");
    expect(run.job()).toMatchObject({ verdict: "failed", counts: { failed: 1, unreachable: 1, skipped: 2 } });
  });

  it("count from the first attempt of a resumed run: its number, its retries, its delay", () => {
    const firstAttempts = new Map([["slots/0/0/0", 4]]);
    const run = Driver.begun(retrying({ hosts: 1, retries: 1 }), { firstAttempts });
    run.end("h1", "unreachable");
    expect(run.all("taskRetrying")[0]?.inMs).toBeLessThanOrEqual(5000);
    run.wait(5000);
    run.end("h1", "unreachable");
    expect(run.submissions("h1").map(({ task: { attempt } }) => attempt)).toEqual([4, 5]);
    expect(run.job()).toMatchObject({ verdict: "failed", counts: { unreachable: 1 } });
  });

  it("give skipped hosts of a resumed run the number of their first attempt, too", () => {
    const firstAttempts = new Map([
      ["slots/0/0/1", 3],
      ["slots/1/0/0", 2],
    ]);
    const flow = plan([
      slot(job({ name: "a", hosts: 2, parallelism: [count(1)] })),
      slot(job({ name: "b", hosts: 1 })),
    ]);
    const run = Driver.begun(flow, { firstAttempts });
    run.end("a/h1", "failed");
    expect(run.all("taskEnded").map(({ task, end }) => [task.attempt, end.outcome])).toEqual([
      [1, "failed"],
      [3, "skipped"],
      [2, "skipped"],
    ]);
  });

  it("end as the attempt before did when the new one is withdrawn before it starts", () => {
    const run = Driver.begun(retrying({ hosts: 1 }));
    run.end("h1", "unreachable", { reason: "no route" });
    run.wait(10_000);
    run.stop();
    run.end("h1", "skipped");
    expect(run.all("taskEnded").map(({ task, final, end }) => [task.attempt, final, end.outcome])).toEqual([
      [1, false, "unreachable"],
      [2, false, "skipped"],
      [1, true, "unreachable"],
    ]);
    expect(run.job()?.verdict).toBe("failed");
  });

  it("may make a stopped job a failed one, when those that wait end with their last outcomes", () => {
    const run = Driver.begun(retrying({ hosts: 2, success: share(50) }));
    run.end("h1", "unreachable");
    run.end("h2", "unreachable");
    run.stop();
    expect(run.job()).toMatchObject({ verdict: "failed", reason: "needs 1 of 2 hosts; 2 unreachable" });
    expect(run.run()).toMatchObject({ verdict: "failed" });
  });
});

describe("retryDelayMs", () => {
  const task = (attempt: number, host = 0) => ({ phase: "slots" as const, slot: 0, job: 0, host, attempt });

  it("doubles, within a quarter to either side", () => {
    for (let host = 0; host < 1000; host++) {
      for (const [attempt, middle] of [
        [1, 5000],
        [2, 10_000],
        [3, 20_000],
      ] as const) {
        const delay = retryDelayMs(5000, attempt - 1, 7, task(attempt, host));
        expect(delay).toBeGreaterThanOrEqual(middle * 0.75);
        expect(delay).toBeLessThanOrEqual(middle * 1.25);
      }
    }
  });

  it("spreads hosts evenly: each tenth of the range gets its share of 10,000", () => {
    const tenths = Array<number>(10).fill(0);
    for (let host = 0; host < 10_000; host++) {
      const tenth = Math.min(9, Math.floor((retryDelayMs(100_000, 0, 1, task(1, host)) - 75_000) / 5000));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(850);
    expect(Math.max(...tenths)).toBeLessThan(1150);
  });

  it("is capped at 5 minutes, or at a longer base", () => {
    expect(retryDelayMs(5000, 59, 1, task(60))).toBeLessThanOrEqual(300_000);
    expect(retryDelayMs(5000, 4999, 1, task(5000))).toBeGreaterThanOrEqual(225_000);
    expect(retryDelayMs(3_600_000, 2, 1, task(3))).toBeLessThanOrEqual(3_600_000);
    expect(retryDelayMs(0, 2, 1, task(3))).toBe(0);
  });

  it("is a function of seed and task", () => {
    expect(retryDelayMs(5000, 0, 1, task(1))).toBe(retryDelayMs(5000, 0, 1, task(1)));
    const delays = new Set(Array.from({ length: 100 }, (_, seed) => retryDelayMs(60_000, 0, seed, task(1))));
    expect(delays.size).toBeGreaterThan(95);
  });
});
