import { describe, expect, it } from "vitest";
import { Driver, kinds } from "./driver.ts";
import { count, job, plan, planOf, share, slot } from "../../../../test/support/plans.ts";

const two = plan(
  [slot(job({ name: "a", hosts: 10, parallelism: [count(3)] })), slot(job({ name: "b", hosts: 4 }))],
  [slot(job({ name: "z", hosts: 2 }))],
);

describe("a stop request that drains", () => {
  it("starts nothing more, revokes, lets what runs finish, runs finally, and the verdict is cancelled", () => {
    const run = Driver.begun(two);
    run.start("a/h1", "a/h2");
    run.end("a/h1");
    const actions = run.stop();
    expect(kinds(actions)).toEqual(["runStopping", "revoke", ...Array(6).fill("taskEnded")]);
    run.end("a/h3", "skipped"); // revoked before it started
    run.end("a/h4"); // started before the revocation came
    expect(run.all("jobEnded")).toEqual([]);
    run.end("a/h2");
    expect(run.job("a")).toMatchObject({
      verdict: "cancelled",
      counts: { ok: 3, skipped: 7 },
      reason: "stopped; needs 10 of 10 hosts; 3 ok; 7 never started",
    });
    expect(run.all("slotStarted").map(({ phase, slot }) => [phase, slot])).toEqual([
      ["slots", 0],
      ["finally", 0],
    ]);
    run.endAll(["z/h1", "z/h2"]);
    expect(run.run()).toMatchObject({
      verdict: "cancelled",
      counts: { ok: 5, skipped: 11 },
      reason:
        'stopped: SIGINT; slot 1: job "a": stopped; needs 10 of 10 hosts; 3 ok; 7 never started; 4 hosts of later slots never started',
    });
  });

  it("leaves a job succeeded that has its ok hosts all the same, but not the run", () => {
    const run = Driver.begun(planOf({ hosts: 4, success: share(50), parallelism: [count(2)] }));
    run.end("h1");
    run.stop();
    run.endAll(["h2", "h3"]);
    expect(run.job()).toMatchObject({
      verdict: "succeeded",
      reason: "stopped; needs 2 of 4 hosts; 3 ok; 1 never started",
    });
    expect(run.run()).toMatchObject({ verdict: "cancelled", reason: "stopped: SIGINT" });
  });

  it("leaves a run failed that has failed before, or by what still runs, and tells that first", () => {
    const run = Driver.begun(two);
    run.stop();
    run.end("a/h1", "failed");
    run.endAll(["a/h2", "a/h3"]);
    run.endAll(["z/h1", "z/h2"]);
    expect(run.job("a")).toMatchObject({ verdict: "failed" });
    expect(run.run()).toMatchObject({
      verdict: "failed",
      reason:
        'slot 1: job "a": needs 10 of 10 hosts; 1 failed; 7 never started; 4 hosts of later slots never started; stopped: SIGINT',
    });
  });

  it("is heard before what is due at the same time could start", () => {
    const run = Driver.begun(planOf({ hosts: 1, retries: 1, retryDelayMs: 1000 }));
    run.end("h1", "unreachable");
    run.now += 60_000; // the wake-up is late
    run.stop();
    expect(run.submissions("h1")).toHaveLength(1);
    expect(run.outcome("h1")).toBe("unreachable");
  });

  it("said twice is said once", () => {
    const run = Driver.begun(two);
    run.stop();
    expect(run.stop()).toEqual([]);
  });

  it("lets finally slots run on when it comes while they run", () => {
    const run = Driver.begun(
      plan(
        [],
        [slot(job({ name: "y", hosts: 4, parallelism: [count(2)] })), slot(job({ name: "z", hosts: 1 }))],
      ),
    );
    expect(kinds(run.stop())).toEqual(["runStopping"]);
    while (run.open().length > 0) run.end(run.open()[0] ?? "");
    expect(run.run()).toMatchObject({ verdict: "cancelled", counts: { ok: 5 } });
  });
});

describe("a stop request that kills", () => {
  it("kills what runs after a drain, and what turns out to run later", () => {
    const run = Driver.begun(two);
    run.start("a/h1");
    run.stop();
    expect(kinds(run.stop("kill"))).toEqual(["runStopping", "kill"]);
    expect(run.stop("kill")).toEqual([]);
    expect(kinds(run.send({ type: "taskStarted", task: run.task("a/h2") }))).toEqual(["taskStarted", "kill"]);
    run.endAll(["a/h1", "a/h2"], "cancelled");
    run.end("a/h3", "skipped");
    expect(run.job("a")).toMatchObject({ verdict: "cancelled", counts: { cancelled: 2, skipped: 8 } });
    expect(run.all("slotStarted").at(-1)).toMatchObject({ phase: "finally" }); // it killed what ran then
    run.endAll(["z/h1", "z/h2"]);
    expect(run.run()?.verdict).toBe("cancelled");
  });

  it("stops and kills at once when it is the first", () => {
    const run = Driver.begun(two);
    expect(kinds(run.stop("kill")).filter((kind) => kind !== "taskEnded")).toEqual([
      "runStopping",
      "revoke",
      "kill",
    ]);
  });

  it("kills finally slots when it comes while they run, and skips the rest of them", () => {
    const run = Driver.begun(
      plan(
        [slot(job({ name: "a", hosts: 1 }))],
        [slot(job({ name: "y", hosts: 3, parallelism: [count(1)] })), slot(job({ name: "z", hosts: 2 }))],
      ),
    );
    run.stop();
    run.end("a/h1");
    expect(kinds(run.stop("kill"))).toEqual(["runStopping", "revoke", "taskEnded", "taskEnded", "kill"]);
    run.end("y/h1", "cancelled");
    expect(run.run()).toMatchObject({ verdict: "cancelled", counts: { ok: 1, cancelled: 1, skipped: 4 } });
  });

  it("skips the rest of finally also when what it would kill ends well before", () => {
    const run = Driver.begun(
      plan([], [slot(job({ name: "y", hosts: 1 })), slot(job({ name: "z", hosts: 2 }))]),
    );
    run.stop("kill");
    run.end("y/h1");
    expect(run.job("y")?.verdict).toBe("succeeded");
    expect(run.run()).toMatchObject({ verdict: "cancelled", counts: { ok: 1, skipped: 2 } });
  });

  it("kills again in finally although it killed in the slots before", () => {
    const run = Driver.begun(two);
    run.stop("kill");
    run.endAll(["a/h1", "a/h2", "a/h3"], "cancelled");
    expect(kinds(run.stop("kill"))).toContain("kill");
  });
});

describe("failFast", () => {
  const slots = (failFast: boolean) =>
    plan([
      {
        ...slot(
          job({ name: "a", hosts: 4, parallelism: [count(1)] }),
          job({ name: "b", hosts: 9, parallelism: [count(2)] }),
        ),
        failFast,
      },
    ]);

  it("stops the slot's other jobs when one has failed", () => {
    const run = Driver.begun(slots(true));
    const actions = run.end("a/h1", "failed");
    expect(actions).toContainEqual({ type: "revoke", phase: "slots", slot: 0, job: 1 });
    expect(run.outcome("b/h9")).toBe("skipped");
    run.endAll(["b/h1", "b/h2"]);
    expect(run.job("b")).toMatchObject({
      verdict: "cancelled",
      reason: 'stopped, as job "a" of its slot has failed; needs 9 of 9 hosts; 2 ok; 7 never started',
    });
    expect(run.all("slotEnded")).toMatchObject([{ verdict: "failed" }]);
    expect(run.run()?.reason).toBe('slot 1: job "a": needs 4 of 4 hosts; 1 failed; 3 never started');
  });

  it("is off by default: they run on", () => {
    const run = Driver.begun(slots(false));
    run.end("a/h1", "failed");
    run.end("b/h1");
    expect(run.open()).toContain("b/h3");
    expect(run.job("b")).toBeUndefined();
  });
});

describe("deadline", () => {
  const timed = planOf({ hosts: 6, parallelism: [count(2)], deadlineMs: 600_000 });

  it("fails the job and kills what runs", () => {
    const run = Driver.begun(timed);
    expect(run.actions).toContainEqual({ type: "wakeAt", at: run.now + 600_000 });
    run.end("h1");
    run.wait(599_999);
    run.end("h2");
    expect(run.open()).toEqual(["h3", "h4"]);
    const actions = run.wait(1);
    expect(kinds(actions)).toEqual(["revoke", "taskEnded", "taskEnded", "kill"]);
    run.endAll(["h3", "h4"], "cancelled");
    expect(run.job()).toMatchObject({
      verdict: "failed",
      reason: "not done within its deadline of 10m; needs 6 of 6 hosts; 2 ok; 2 cancelled; 2 never started",
    });
  });

  it("counts by the time of events, whenever the wake-up comes", () => {
    const run = Driver.begun(timed);
    run.now += 700_000;
    run.end("h1");
    expect(run.outcome("h6")).toBe("skipped");
  });

  it("also ends what runs on in a job that is decided, and leaves its first reason", () => {
    const run = Driver.begun(timed);
    run.end("h1", "failed");
    expect(kinds(run.wait(600_000))).toEqual(["kill"]);
    run.end("h2", "cancelled");
    expect(run.job()?.reason).toMatch(/^needs 6 of 6 hosts; 1 failed/);
  });

  it("of two jobs late at one event is told of both, failFast or not", () => {
    const late = (name: string) => job({ name, hosts: 2, success: share(0), deadlineMs: 1000 });
    const run = Driver.begun(plan([{ ...slot(late("a"), late("b")), failFast: true }]));
    run.wait(1000);
    run.endAll(["a/h1", "a/h2", "b/h1", "b/h2"], "cancelled");
    expect([run.job("a")?.verdict, run.job("b")?.verdict]).toEqual(["failed", "failed"]);
  });

  it("begins anew where somebody goes on with the run, however long it lay", () => {
    const run = Driver.begun(timed);
    run.end("h1");
    run.now += 9_000_000;
    const actions = run.send({ type: "resumed" });
    expect(actions).toEqual([{ type: "wakeAt", at: run.now + 600_000 }]);
    run.wait(599_999);
    expect(run.open()).toEqual(["h2", "h3"]);
    expect(kinds(run.wait(1))).toContain("kill");
  });

  it("stays broken by a resume once it is", () => {
    const run = Driver.begun(timed);
    run.wait(600_000);
    expect(run.send({ type: "resumed" })).toEqual([]);
    run.endAll(["h1", "h2"], "cancelled");
    expect(run.job()).toMatchObject({ verdict: "failed" });
  });

  it("does not pass in a past that is done anew, until that is gone on with", () => {
    const run = Driver.begun(timed);
    run.send({ type: "deadlinesHeld" });
    run.wait(700_000);
    run.end("h1");
    expect(run.open()).toEqual(["h2", "h3"]);
    run.send({ type: "resumed" });
    run.wait(599_999);
    expect(run.open()).toEqual(["h2", "h3"]);
    run.wait(1);
    run.endAll(["h2", "h3"], "cancelled");
    expect(run.job()?.reason).toMatch(/^not done within its deadline/);
  });

  it("is forgotten when the job ends", () => {
    const run = Driver.begun(
      plan([slot(job({ name: "a", hosts: 1, deadlineMs: 1000 })), slot(job({ name: "b", hosts: 1 }))]),
    );
    run.end("a/h1");
    expect(run.wait(2000)).toEqual([]);
    run.end("b/h1");
    expect(run.run()?.verdict).toBe("succeeded");
  });
});
