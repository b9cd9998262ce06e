import { describe, expect, it } from "vitest";
import { Driver, kinds } from "../driver.ts";
import { count, planOf, share } from "../../../../../test/support/plans.ts";

describe("a lost task that nobody is asked about", () => {
  it("ends unknown and may be running", () => {
    const run = Driver.begun(planOf({ hosts: 3, success: share(0), parallelism: [count(2)] }), {
      lostTimeoutMs: 0,
    });
    run.start("h1");
    expect(kinds(run.lose("h1"))).toEqual(["taskLost", "taskEnded"]); // and no host in its place
    expect(run.finalEnd("h1")).toEqual({
      outcome: "unknown",
      blame: "worker",
      reason: expect.stringMatching(/^the worker is gone; /) as string,
      mayBeRunning: true,
    });
  });

  it("is not retried, even with retryOn unknown: it might run twice at once", () => {
    const run = Driver.begun(planOf({ hosts: 1, retries: 3, retryOn: ["unknown"] }), { lostTimeoutMs: 0 });
    run.lose("h1");
    expect(run.outcome("h1")).toBe("unknown");
  });
});

describe("a lost task", () => {
  it("is asked again at once, then after 1, 2, 4 … 30 s, the same attempt", () => {
    const run = Driver.begun(planOf({ hosts: 1 }), { lostTimeoutMs: 3_600_000 });
    run.start("h1");
    expect(kinds(run.lose("h1"))).toEqual(["taskLost", "taskAsked", "submit"]);
    const waits: number[] = [];
    for (let asks = 0; asks < 8; asks++) {
      const wake = run.lose("h1").find((action) => action.type === "wakeAt");
      if (wake?.type !== "wakeAt") throw new Error("no wakeAt");
      waits.push(wake.at - run.now);
      run.wait(wake.at - run.now);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    const submissions = run.submissions("h1");
    expect(submissions.map(({ task, again, submission }) => [task.attempt, again, submission])).toEqual(
      Array.from({ length: 10 }, (_, index) => [1, index > 0, index + 1]),
    );
    expect(run.all("taskAsked").map(({ submission }) => submission)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("holds its place", () => {
    const run = Driver.begun(planOf({ hosts: 4, parallelism: [count(2)] }));
    run.lose("h1");
    run.lose("h1");
    expect(run.submissions("h3")).toHaveLength(0);
  });

  it("may say again that it started, and ends as whoever finds it says", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    run.start("h1");
    run.lose("h1");
    run.start("h1");
    expect(run.all("taskStarted")).toHaveLength(2);
    run.end("h1");
    expect(run.run()?.verdict).toBe("succeeded");
  });

  it("may answer by its first submission after all, also while it waits to be asked", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    run.lose("h1");
    run.lose("h1");
    run.end("h1");
    expect(run.outcome("h1")).toBe("ok");
    expect(run.run()?.verdict).toBe("succeeded");
  });

  it("ends unknown when answers say nothing for lostTimeoutMs", () => {
    const run = Driver.begun(planOf({ hosts: 1 }), { lostTimeoutMs: 60_000 });
    run.start("h1");
    run.lose("h1");
    run.now += 30_000;
    run.lose("h1", { answered: true });
    run.wait(1000);
    run.now += 28_999;
    run.lose("h1", { answered: true });
    run.wait(2000);
    expect(run.outcome("h1")).toBeUndefined();
    run.lose("h1", { answered: true });
    expect(run.finalEnd("h1")).toMatchObject({ outcome: "unknown", mayBeRunning: true, blame: "host" });
    expect(run.finalEnd("h1")?.reason).toMatch(
      /^the worker is gone; asked again 3 times, and no answer within 1m said/,
    );
  });

  it("has all the time in which nobody answered", () => {
    const run = Driver.begun(planOf({ hosts: 1 }), { lostTimeoutMs: 60_000 });
    run.lose("h1");
    for (let minutes = 0; minutes < 60; minutes++) {
      run.wait(60_000);
      run.lose("h1", { answered: false });
    }
    expect(run.outcome("h1")).toBeUndefined();
  });

  it("is not given up for a client that slept: one word counts a minute at most", () => {
    const run = Driver.begun(planOf({ hosts: 1 }), { lostTimeoutMs: 300_000 });
    run.lose("h1");
    run.now += 8 * 3_600_000;
    run.lose("h1");
    expect(run.outcome("h1")).toBeUndefined();
  });

  it("is asked for once more where its worker said nothing, and then given up: it may be running", () => {
    const run = Driver.begun(planOf({ hosts: 1, retries: 3, retryOn: ["unknown"] }), {
      lostTimeoutMs: 60_000,
    });
    expect(kinds(run.lose("h1", { silentMs: 30_000 }))).toEqual(["taskLost", "taskAsked", "submit"]);
    run.lose("h1", { silentMs: 30_000 });
    expect(run.finalEnd("h1")).toMatchObject({ outcome: "unknown", blame: "worker", mayBeRunning: true });
  });

  it("has all its time again when another worker that took it says that it starts, and runs undisturbed", () => {
    const run = Driver.begun(planOf({ hosts: 1 }), { lostTimeoutMs: 60_000 });
    run.lose("h1", { silentMs: 30_000 });
    run.start("h1");
    run.wait(60_000);
    run.lose("h1", { silentMs: 30_000 });
    expect(run.outcome("h1")).toBeUndefined();
  });

  it("is given up when it starts and is lost over and over", () => {
    const run = Driver.begun(planOf({ hosts: 1 }), { lostTimeoutMs: 300_000 });
    let rounds = 0;
    while (run.outcome("h1") === undefined && rounds++ < 100) {
      run.start("h1");
      run.wait(5000);
      run.lose("h1");
      run.wait(30_000);
    }
    expect(run.outcome("h1")).toBe("unknown");
    expect(rounds).toBeLessThan(15);
  });

  it("is lost afresh when it ran undisturbed in between: asked at once, with all its time", () => {
    const run = Driver.begun(planOf({ hosts: 1 }), { lostTimeoutMs: 60_000 });
    for (let losses = 0; losses < 10; losses++) {
      run.start("h1");
      run.wait(60_000);
      expect(kinds(run.lose("h1"))).toEqual(["taskLost", "taskAsked", "submit"]);
    }
  });

  it("says nothing when the re-ask cannot reach the host: that is no unreachable host", () => {
    const run = Driver.begun(planOf({ hosts: 1, retries: 3 }));
    run.start("h1");
    run.lose("h1");
    expect(kinds(run.end("h1", "unreachable", { blame: "host" }))).toEqual(["taskLost", "wakeAt"]);
    run.wait(1000);
    expect(kinds(run.blame("h1", "w2")).filter((kind) => kind !== "warning")).toEqual(["taskLost", "wakeAt"]);
    run.wait(2000);
    // A refusal looks at what the re-ask needs: the command may have moved its own folder since.
    expect(kinds(run.end("h1", "refused", { blame: "host" }))).toEqual(["taskLost", "wakeAt"]);
    run.wait(4000);
    run.end("h1", "failed");
    expect(run.outcome("h1")).toBe("failed");
  });

  it("interrupts the run when it is every worker's own fault that nothing is learned", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    run.start("h1");
    run.lose("h1");
    for (let tries = 0; tries < 10 && run.mode === "running"; tries++) {
      run.blame("h1");
      run.wait(30_000);
    }
    expect(run.mode).toBe("interrupted");
    expect(run.outcome("h1")).toBeUndefined();
  });

  it("is still asked about when the job is decided, but never started by that", () => {
    const run = Driver.begun(planOf({ hosts: 3, parallelism: [count(2)] }));
    run.lose("h1");
    run.lose("h1");
    run.end("h2", "failed");
    expect(run.job()).toBeUndefined();
    run.wait(1000);
    expect(run.submissions("h1").map(({ noStart }) => noStart)).toEqual([undefined, undefined, true]);
    run.end("h1", "skipped", { worker: "w1" });
    expect(run.job()).toMatchObject({ verdict: "failed", counts: { failed: 1, skipped: 2 } });
  });

  it("is not skipped because its re-ask never left: what was submitted before may have begun", () => {
    const run = Driver.begun(planOf({ hosts: 3, parallelism: [count(2)] }));
    run.start("h1");
    run.lose("h1");
    run.end("h2", "failed");
    run.end("h1", "skipped"); // withdrawn by the client itself
    expect(run.outcome("h1")).toBeUndefined();
    run.wait(1000);
    expect(run.submissions("h1").at(-1)).toMatchObject({ again: true, noStart: true });
    run.end("h1");
    expect(run.job()).toMatchObject({ verdict: "failed", counts: { ok: 1, failed: 1, skipped: 1 } });
  });

  it("loses no time to re-asks that never left", () => {
    const run = Driver.begun(planOf({ hosts: 1 }), { lostTimeoutMs: 60_000 });
    run.lose("h1");
    for (let minutes = 0; minutes < 10; minutes++) {
      run.wait(60_000);
      run.end("h1", "skipped");
    }
    expect(run.outcome("h1")).toBeUndefined();
  });

  it("is lost once by words on submissions before the last", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    run.lose("h1", { submission: 1 });
    expect(run.lose("h1", { submission: 1 })).toEqual([]);
    expect(run.submissions("h1")).toHaveLength(2);
    run.lose("h1", { submission: 2 });
    expect(run.lose("h1", { submission: 2 })).toEqual([]); // waits already
  });
});

describe("a task that was asked for before its run was left and gone on with", () => {
  const goneOnWith = (run: Driver, ...hosts: string[]) =>
    run.send({ type: "resumed", askedBefore: hosts.map((host) => run.task(host)) });

  it("is asked again at once, whether or not it was known to have started; others are not", () => {
    const run = Driver.begun(planOf({ hosts: 3 }));
    run.start("h1");
    expect(kinds(goneOnWith(run, "h1", "h2"))).toEqual(["taskAsked", "submit", "taskAsked", "submit"]);
    const again = ["h1", "h2", "h3"].map((host) => run.submissions(host).map((action) => action.again));
    expect(again).toEqual([[false, true], [false, true], [false]]);
  });

  it("may have begun then: that its host is out of reach now ends nothing, until the answers have taken too long", () => {
    const run = Driver.begun(planOf({ hosts: 2, retries: 3 }), { lostTimeoutMs: 60_000 });
    goneOnWith(run, "h1");
    // Nobody had asked for this one: it never began.
    run.end("h2", "unreachable");
    run.wait(20_000);
    expect(run.task("h2").attempt).toBe(2);
    expect(kinds(run.end("h1", "unreachable"))).toEqual(["taskLost", "wakeAt"]);
    for (let rounds = 0; run.outcome("h1") === undefined && rounds < 20; rounds += 1) {
      run.wait(30_000);
      run.end("h1", "unreachable");
    }
    expect(run.finalEnd("h1")).toMatchObject({ outcome: "unknown", mayBeRunning: true });
    expect(run.submissions("h1").every(({ task }) => task.attempt === 1)).toBe(true);
  });

  it("is not started by that in a job that was decided", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.end("h2", "failed");
    goneOnWith(run, "h1");
    expect(run.submissions("h1").at(-1)).toMatchObject({ again: true, noStart: true });
  });

  it("is left alone where it has ended since, or another attempt follows", () => {
    const run = Driver.begun(planOf({ hosts: 2, retries: 1 }));
    const [ended, retried] = [run.task("h1"), run.task("h2")];
    run.end("h1");
    run.end("h2", "unreachable");
    expect(run.send({ type: "resumed", askedBefore: [ended, retried] })).toEqual([]);
  });
});
