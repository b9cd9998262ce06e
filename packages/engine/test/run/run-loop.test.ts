import { advance, createRollout, succeed, type RunEvent, type RunPlan, type TaskRef } from "@roadrunner/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import { RunLoop } from "../../src/run/run-loop.ts";

const hosts = [{ name: "a" }, { name: "b" }];
const plan = planOf({ name: "j", hosts });
const by = { version: "1", who: "me", where: "here" };
const resumed = { type: "run.resumed", version: "1", who: "me", where: "here" } as const;

const retrying = planOf({ name: "j", hosts, retries: 1, retryDelayMs: 60_000, retryOn: ["failed"] });

const begun = (what: RunPlan) => advance(createRollout(what, { seed: 1 }), { type: "begin", at: 0 }).state;

function loopThatNotes(what = plan, state = createRollout(what, { seed: 1 })) {
  const recorded: RunEvent[] = [];
  const requested: TaskRef[] = [];
  const loop = new RunLoop({
    plan: what,
    run: "r",
    state,
    ports: {
      request: (task) => requested.push(task),
      kill: () => {},
      pump: () => {},
      withdraw: () => [],
      hold: () => {},
      running: () => 0,
      tellWorkers: () => {},
      record: (events) => {
        recorded.push(...events);
        return succeed(undefined);
      },
      show: () => {},
      askGate: () => {},
      askToConfirm: () => {},
    },
  });
  return { loop, recorded, requested };
}

const task = (host: number): TaskRef => ({ phase: "slots", slot: 0, job: 0, host, attempt: 1 });

describe("warnings that others can bring about", () => {
  it("are told by their number where they are a flood, and each is bounded", () => {
    const { loop, recorded } = loopThatNotes();
    loop.begin({ type: "run.started", ...by, plan, digest: "", seed: 1 }, ["a note of the plan"]);
    for (let count = 0; count < 10_000; count += 1) loop.warn("x".repeat(100_000));
    for (const host of [0, 1]) {
      const task = { phase: "slots", slot: 0, job: 0, host, attempt: 1 } as const;
      loop.news({ type: "taskEnded", task, end: { outcome: "ok" } });
    }
    expect(recorded.at(-1)).toMatchObject({ type: "run.ended", verdict: "succeeded" });
    const told = recorded.flatMap((event) => (event.type === "warning" ? [event.text] : []));
    expect(told[0]).toBe("a note of the plan");
    expect(told.length).toBeLessThan(200);
    expect(told.every((text) => text.length <= 2000)).toBe(true);
    expect(told.at(-1)).toMatch(/^\d+ more warnings were left out: too many came at once$/);
  });
});

describe("the end of an attempt that another was to follow", () => {
  it("has its report also where a stop makes it the final one", () => {
    const { loop, recorded } = loopThatNotes(retrying);
    loop.begin(
      { type: "run.started", version: "1", who: "me", where: "here", plan, digest: "", seed: 1 },
      [],
    );
    const report = { exitCode: 7, stdout: "why" };
    loop.news({ type: "taskEnded", task: task(0), end: { outcome: "failed", worker: "w" } }, report);
    loop.stop("drain", "SIGINT");
    const ends = recorded.filter((event) => event.type === "task.ended" && event.host === "a");
    expect(ends).toMatchObject([
      { final: false, outcome: "failed", ...report },
      { final: true, outcome: "failed", attempt: 1, ...report },
    ]);
  });
});

describe("an attempt that was skipped", () => {
  it("leaves the report of the one before to the host's end", () => {
    const at = planOf({ name: "j", hosts, retries: 1, retryDelayMs: 0, retryOn: ["failed"] });
    const { loop, recorded } = loopThatNotes(at);
    loop.begin(
      { type: "run.started", version: "1", who: "me", where: "here", plan: at, digest: "", seed: 1 },
      [],
    );
    const report = { exitCode: 7, stdout: "why" };
    loop.news({ type: "taskEnded", task: task(0), end: { outcome: "failed", worker: "w" } }, report);
    loop.stop("drain", "SIGINT");
    const second = { ...task(0), attempt: 2 };
    const empty = { stdout: "", stderr: "" };
    loop.news({ type: "taskEnded", task: second, end: { outcome: "skipped", worker: "w" } }, empty);
    const ends = recorded.filter((event) => event.type === "task.ended" && event.host === "a");
    expect(ends.at(-1)).toMatchObject({ final: true, outcome: "failed", attempt: 1, ...report });
  });
});

describe("a wake-up", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("is not lost where the clock says that its time has not quite come", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    // Set back while the timer runs, which is the same thing by much more.
    const wall = vi.spyOn(Date, "now").mockReturnValue(1_000_000);
    const { loop, recorded, requested } = loopThatNotes(retrying);
    const by = { version: "1", who: "me", where: "here", digest: "", seed: 1 };
    loop.begin({ type: "run.started", plan, ...by }, []);
    loop.news({ type: "taskEnded", task: task(0), end: { outcome: "failed", worker: "w" } });
    expect(requested).toHaveLength(2);
    wall.mockReturnValue(400_000);
    vi.advanceTimersByTime(90_000);
    expect(requested.at(-1)).toMatchObject({ host: 0, attempt: 2 });
    const times = recorded.map(({ time }) => time);
    expect(times).toEqual(times.toSorted());
    expect(vi.getTimerCount()).toBe(0);
  });

  it("comes after the longest time that a timer of Node's can hold", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const days = 24 * 3_600_000;
    const late = planOf({ name: "j", hosts, retries: 1, retryDelayMs: 60 * days, retryOn: ["failed"] });
    const { loop, requested } = loopThatNotes(late);
    const by = { version: "1", who: "me", where: "here", digest: "", seed: 1 };
    loop.begin({ type: "run.started", plan, ...by }, []);
    loop.news({ type: "taskEnded", task: task(0), end: { outcome: "failed", worker: "w" } });
    vi.advanceTimersByTime(44 * days);
    expect(requested).toHaveLength(2);
    vi.advanceTimersByTime(40 * days);
    expect(requested.at(-1)).toMatchObject({ host: 0, attempt: 2 });
  });
});

describe("goOn", () => {
  const nothingLeft = {
    open: [],
    wakeAt: undefined,
    waits: [],
    ended: undefined,
    unrecorded: [],
    firstAsked: () => ({ atMs: 1, started: false }),
    waitingReports: new Map(),
    withOutputs: [],
  };

  it("records what it is the first to ask for, and asks for what was open", () => {
    const { loop, recorded, requested } = loopThatNotes(plan, begun(plan));
    const firstAsked = ({ host }: TaskRef) => (host === 0 ? { atMs: 1, started: false } : undefined);
    const open = [task(0), task(1)];
    const unrecorded = [{ type: "slotStarted", phase: "slots", slot: 0 }] as const;
    loop.goOn(resumed, { ...nothingLeft, open, unrecorded, firstAsked });
    expect(requested).toEqual(open);
    expect(recorded).toMatchObject([
      { type: "run.resumed" },
      { type: "slot.started", slot: 1 },
      { type: "task.asked", host: "b", attempt: 1, submission: 1 },
      { type: "task.asked", host: "a", attempt: 1, submission: 2 },
    ]);
  });

  it("ends at once where only the verdict was missing", async () => {
    const { loop, recorded, requested } = loopThatNotes();
    const counts = {
      ok: 2,
      failed: 0,
      timedOut: 0,
      unreachable: 0,
      refused: 0,
      unknown: 0,
      cancelled: 0,
      skipped: 0,
    };
    const ended = { type: "runEnded", verdict: "succeeded", counts } as const;
    loop.goOn(resumed, { ...nothingLeft, ended, unrecorded: [ended] });
    expect(await loop.ended).toEqual({ kind: "ended", verdict: "succeeded" });
    expect(recorded.map(({ type }) => type)).toEqual(["run.resumed", "run.ended"]);
    expect(requested).toEqual([]);
  });
});
