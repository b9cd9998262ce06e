import { describe, expect, it } from "vitest";
import { Driver, kinds } from "../driver.ts";
import { count, planOf, share } from "../../../../../test/support/plans.ts";

const submitted = (run: Driver, host: string) =>
  run.submissions(host).map(({ task, again }) => ({ attempt: task.attempt, again }));

describe("a task that comes back with its worker's blame", () => {
  it("is submitted again after 1, 2 and 4 s, the same attempt", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    for (const [index, ms] of [1000, 2000, 4000].entries()) {
      const actions = run.blame("h1");
      expect(kinds(actions).filter((kind) => kind !== "warning")).toEqual([
        "taskEnded",
        "taskRetrying",
        "wakeAt",
      ]);
      run.wait(ms - 1);
      expect(run.submissions("h1")).toHaveLength(index + 1);
      run.wait(1);
      expect(run.submissions("h1")).toHaveLength(index + 2);
    }
    expect(submitted(run, "h1")).toEqual(Array.from({ length: 4 }, () => ({ attempt: 1, again: false })));
    expect(run.all("taskRetrying").map(({ inMs, sameAttempt }) => [inMs, sameAttempt])).toEqual([
      [1000, true],
      [2000, true],
      [4000, true],
    ]);
    expect(run.outcome("h1")).toBeUndefined();
    run.end("h1");
    expect(run.run()?.verdict).toBe("succeeded");
  });

  it("is no outcome: an end of the host by another worker counts alone", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.blame("h1");
    run.wait(1000);
    run.end("h1", "failed", { worker: "w2", blame: "host" });
    run.end("h2");
    expect(run.job()?.counts).toMatchObject({ ok: 1, failed: 1, unreachable: 0 });
  });

  it("warns once of each worker", () => {
    const run = Driver.begun(planOf({ hosts: 3 }));
    run.blame("h1", "w1");
    run.blame("h2", "w1");
    run.blame("h3", "w2");
    expect(run.all("warning").map(({ text }) => text.slice(0, 25))).toEqual([
      "worker w1 blames itself: ",
      "worker w2 blames itself: ",
    ]);
  });

  it("counts after that, when other workers do well: one bad worker does not stop the run", () => {
    const run = Driver.begun(planOf({ hosts: 3, success: share(50) }));
    for (const ms of [1000, 2000, 4000]) {
      run.blame("h1", "bad");
      run.wait(ms);
    }
    run.end("h2", "ok", { worker: "good" });
    run.blame("h1", "bad");
    expect(run.finalEnd("h1")).toMatchObject({ outcome: "unreachable", blame: "worker" });
    run.end("h3");
    expect(run.run()?.verdict).toBe("succeeded");
  });

  it("is skipped when the job was decided meanwhile: it never began", () => {
    const run = Driver.begun(planOf({ hosts: 4, parallelism: [count(3)] }));
    run.blame("h1");
    run.end("h2", "failed");
    expect(run.outcome("h1")).toBe("skipped");
    run.blame("h3");
    expect(run.finalEnd("h3")).toMatchObject({ outcome: "skipped", reason: "no identity" });
    expect(run.job()?.counts).toMatchObject({ failed: 1, skipped: 3 });
  });

  it("is looked for, not just submitted, when its command may have begun", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    run.end("h1", "unknown", { blame: "worker", worker: "w1", reason: "process gone" });
    run.wait(1000);
    expect(submitted(run, "h1")).toEqual([
      { attempt: 1, again: false },
      { attempt: 1, again: true },
    ]);
  });

  it("ends unknown, not skipped, when its job was decided and its command may have begun", () => {
    const run = Driver.begun(planOf({ hosts: 3, parallelism: [count(2)] }));
    run.end("h1", "failed");
    run.end("h2", "unknown", { blame: "worker", worker: "w1", reason: "process gone" });
    expect(run.outcome("h2")).toBe("unknown");
  });

  it.each([
    ["failed", {}],
    ["timedOut", {}],
    ["cancelled", {}],
    ["unknown", { mayBeRunning: true }],
  ] as const)("counts at once when its command ran: %s", (outcome, rest) => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    run.end("h1", outcome, { blame: "worker", ...rest });
    expect(run.outcome("h1")).toBe(outcome);
  });

  it("has its resubmissions anew in the next attempt", () => {
    const run = Driver.begun(planOf({ hosts: 1, retries: 1, retryDelayMs: 1000 }));
    run.blame("h1");
    run.wait(1000);
    run.end("h1", "unreachable", { blame: "host", worker: "w2" });
    run.wait(2000);
    expect(run.task("h1").attempt).toBe(2);
    for (const ms of [1000, 2000, 4000]) {
      run.blame("h1");
      run.wait(ms);
    }
    expect(submitted(run, "h1").filter(({ attempt }) => attempt === 2)).toHaveLength(4);
  });
});

describe("a run in which every worker blames itself", () => {
  it("is interrupted, not failed, and says why", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    for (const ms of [1000, 2000, 4000]) {
      run.blame("h1");
      run.wait(ms);
    }
    run.blame("h1");
    expect(run.mode).toBe("running"); // a good worker may still be reaching for a slow host
    expect(run.actions.at(-1)).toEqual({ type: "wakeAt", at: 1_000_000 + 30_000 });
    const actions = run.wait(23_000);
    expect(actions).toContainEqual({
      type: "interrupt",
      reason: "every worker blames itself; worker w1 says: no identity",
    });
    expect(run.mode).toBe("interrupted");
    expect(run.outcome("h1")).toBeUndefined();
    expect(run.run()).toBeUndefined();
  });

  it("is interrupted by the next word when a worker tries one task every 30 s", () => {
    const run = Driver.begun(planOf({ hosts: 100, parallelism: [count(50)] }));
    for (let host = 1; host <= 5; host++) run.blame(`h${host}`);
    run.wait(29_000);
    run.blame("h6");
    expect(run.mode).toBe("running");
    run.wait(1000);
    expect(kinds(run.blame("h7"))).toEqual(["taskEnded", "interrupt", "revoke"]);
  });

  it("is not said while a good worker is busy, however long its command takes", () => {
    const run = Driver.begun(planOf({ hosts: 20, success: share(50), parallelism: [count(2)] }));
    run.send({ type: "taskStarted", task: run.task("h1"), worker: "good" });
    for (const ms of [1000, 2000, 4000, 30_000]) {
      run.blame("h2", "bad");
      run.wait(ms);
    }
    expect(run.mode).toBe("running");
    expect(run.outcome("h2")).toBe("unreachable");
  });

  it("is said although commands run on, when they run on a worker that has gone bad since", () => {
    const run = Driver.begun(planOf({ hosts: 3, parallelism: [count(2)] }));
    run.start("h1");
    for (const ms of [1000, 2000, 4000]) {
      run.blame("h2");
      run.wait(ms);
    }
    run.blame("h2");
    run.wait(30_000);
    expect(run.mode).toBe("interrupted");
    run.end("h1"); // what runs finishes, and is taken down
    expect(run.outcome("h1")).toBe("ok");
  });

  it("counts the wait from the first blame after the last good word", () => {
    const run = Driver.begun(planOf({ hosts: 3, success: share(0) }));
    run.blame("h1");
    run.wait(29_000);
    run.end("h2", "ok", { worker: "w1" });
    run.blame("h1");
    run.wait(2000);
    run.blame("h3");
    expect(run.mode).toBe("running");
  });

  it("is nothing that a withdrawn task says anything about", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.blame("h1");
    run.end("h2", "skipped", { worker: "w2" });
    run.wait(30_000);
    run.blame("h1");
    expect(run.mode).toBe("interrupted");
  });

  it("is said whatever good words came before the blame began", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.end("h2", "ok", { worker: "w1" });
    for (const ms of [1000, 2000, 4000]) {
      run.blame("h1");
      run.wait(ms);
    }
    run.blame("h1");
    expect(run.outcome("h1")).toBeUndefined();
    run.wait(23_000);
    expect(run.mode).toBe("interrupted");
  });

  it("is said when the good worker is gone, with what it ran", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.send({ type: "taskStarted", task: run.task("h2"), worker: "good" });
    run.lose("h2");
    run.blame("h1", "bad");
    run.wait(30_000);
    run.blame("h1", "bad");
    expect(run.mode).toBe("interrupted");
  });
});
