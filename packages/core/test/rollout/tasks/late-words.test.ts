import { describe, expect, it } from "vitest";
import type { TaskRef } from "../../../src/rollout/machine-events.ts";
import { Driver, kinds } from "../driver.ts";
import { count, job, plan, planOf, slot } from "../../../../../test/support/plans.ts";

const ref = (fields: Partial<TaskRef> = {}): TaskRef => ({
  phase: "slots",
  slot: 0,
  job: 0,
  host: 0,
  attempt: 1,
  ...fields,
});

describe("words that come late, twice, or about nothing known", () => {
  const said = (run: Driver, task: TaskRef) => [
    ...run.send({ type: "taskStarted", task }),
    ...run.send({ type: "taskLost", task, reason: "gone" }),
    ...run.send({ type: "taskEnded", task, end: { outcome: "failed" } }),
  ];

  it.each([
    ["a host that was not submitted", { host: 2 }],
    ["a host that is not in the job", { host: 99 }],
    ["a host that cannot be", { host: -1.5 }],
    ["an attempt to come", { attempt: 2 }],
    ["a job that is not in the slot", { job: 7 }],
    ["a slot to come", { slot: 1 }],
    ["a slot that is not in the plan", { slot: 12 }],
    ["a finally slot to come", { phase: "finally" }],
  ] as const)("change nothing: %s", (_, fields) => {
    const run = Driver.begun(
      plan(
        [slot(job({ hosts: 3, parallelism: [count(2)] })), slot(job({ name: "b", hosts: 3 }))],
        [slot(job({ name: "z", hosts: 1 }))],
      ),
    );
    expect(said(run, ref(fields))).toEqual([]);
  });

  it("change nothing: a host that has ended", () => {
    const run = Driver.begun(planOf({ hosts: 3 }));
    run.end("h1");
    expect(said(run, ref())).toEqual([]);
  });

  it("change nothing: an attempt that another follows", () => {
    const run = Driver.begun(planOf({ hosts: 2, retries: 1 }));
    run.end("h1", "unreachable");
    expect(said(run, ref())).toEqual([]);
    run.wait(10_000);
    expect(said(run, ref())).toEqual([]);
  });

  it("change nothing: the start of a lost submission, while its task waits to be asked again", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    run.send({ type: "taskLost", task: ref(), reason: "gone" });
    run.send({ type: "taskLost", task: ref(), reason: "gone" });
    expect(run.send({ type: "taskStarted", task: ref(), worker: "w" })).toEqual([]);
    expect(run.wait(1000)).toContainEqual(expect.objectContaining({ type: "submit", again: true }));
  });

  it("change nothing: a worker's blame that is said twice", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.blame("h1");
    expect(run.blame("h1")).toEqual([]);
  });

  it("change nothing: a start that is said twice", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.start("h1");
    expect(run.send({ type: "taskStarted", task: ref(), worker: "w1" })).toEqual([]);
  });

  it("change nothing: begin again, time that has not come, the end of the run", () => {
    const run = Driver.begun(planOf({ hosts: 1 }));
    expect(run.send({ type: "begin" })).toEqual([]);
    expect(run.wait(1)).toEqual([]);
    run.end("h1");
    expect(run.mode).toBe("ended");
    expect([...said(run, ref()), ...run.stop("kill"), ...run.wait(1)]).toEqual([]);
    expect(run.send({ type: "interrupted", reason: "disk full" })).toEqual([]);
  });

  it("change nothing before begin", () => {
    const run = new Driver(planOf({ hosts: 1 }));
    expect([...said(run, ref()), ...run.stop(), ...run.send({ type: "confirmed" })]).toEqual([]);
    expect(run.send({ type: "begin" })).not.toEqual([]);
  });
});

describe("interrupted", () => {
  it("submits nothing more, revokes, takes down true ends, leaves the rest open", () => {
    const run = Driver.begun(planOf({ hosts: 6, parallelism: [count(4)], retries: 1 }));
    run.start("h1");
    expect(run.send({ type: "interrupted", reason: "the disk is full" })).toEqual([
      { type: "interrupt", reason: "the disk is full" },
      { type: "revoke", phase: "slots", slot: 0, job: 0 },
    ]);
    run.end("h1");
    run.end("h2", "skipped");
    run.end("h3", "unreachable"); // it would have been retried
    run.lose("h4");
    expect(run.outcome("h1")).toBe("ok");
    expect(["h2", "h3", "h4", "h5", "h6"].filter((host) => run.outcome(host) !== undefined)).toEqual([]);
    expect(run.submissions("h5")).toEqual([]);
    expect(run.wait(3_600_000)).toEqual([]);
    expect(run.mode).toBe("interrupted");
    expect(run.end("h3", "unreachable")).toEqual([]); // twice
    expect(run.send({ type: "interrupted", reason: "again" })).toEqual([]);
  });

  it("leaves a lost task open of which an answer says nothing, as one that was lost again", () => {
    const run = Driver.begun(planOf({ hosts: 3 }));
    for (const host of ["h1", "h2", "h3"]) {
      run.start(host);
      run.lose(host);
    }
    run.send({ type: "interrupted", reason: "the disk is full" });
    expect(kinds(run.end("h1", "unreachable"))).toEqual(["taskLost"]);
    expect(kinds(run.blame("h2"))).toEqual(["taskLost"]);
    expect(kinds(run.end("h3", "failed"))).toEqual(["taskEnded"]);
    expect(["h1", "h2", "h3"].map((host) => run.outcome(host))).toEqual([undefined, undefined, "failed"]);
  });

  it("hears no more of an attempt that another was to follow", () => {
    const run = Driver.begun(planOf({ hosts: 2, retries: 1 }));
    run.end("h1", "unreachable");
    run.blame("h2");
    run.send({ type: "interrupted", reason: "the disk is full" });
    expect([...run.end("h1", "failed"), ...run.end("h2", "unreachable")]).toEqual([]);
  });

  it("still kills on request", () => {
    const run = Driver.begun(planOf({ hosts: 2 }));
    run.send({ type: "interrupted", reason: "the disk is full" });
    expect(run.stop("kill")).toContainEqual({ type: "kill", phase: "slots", slot: 0, job: 0 });
  });
});

describe("wakeAt", () => {
  it("is sent for the earliest time alone, and again for the next once that has passed", () => {
    const run = Driver.begun(planOf({ hosts: 50, success: { kind: "count", count: 1 }, retries: 1 }));
    for (let host = 1; host <= 50; host++) run.end(`h${host}`, "unreachable");
    const wakes = run.actions.flatMap((action) => (action.type === "wakeAt" ? [action.at] : []));
    expect(wakes.length).toBeLessThan(15);
    expect(wakes).toEqual(wakes.toSorted((a, b) => b - a));
    let next = wakes.at(-1);
    for (let rounds = 0; next !== undefined && rounds < 100; rounds++) {
      const wake = run.wait(next - run.now).find((action) => action.type === "wakeAt");
      next = wake?.type === "wakeAt" ? wake.at : undefined;
    }
    for (let host = 1; host <= 50; host++) expect(run.task(`h${host}`).attempt).toBe(2);
  });

  it("is not sent when nothing is to be waited for", () => {
    const run = Driver.begun(planOf({ hosts: 3, parallelism: [count(1)] }));
    run.start("h1");
    run.endAll(["h1", "h2", "h3"]);
    expect(kindsOf(run)).not.toContain("wakeAt");
  });
});

function kindsOf(run: Driver): string[] {
  return run.actions.map((action) => action.type);
}
