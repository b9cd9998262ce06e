import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Outcome, RunPlan, TaskRef } from "@roadrunner/core";
import { planOf, share, slot } from "../../../../test/support/plans.ts";
import { failedWithoutStop } from "../../src/resume/replay.ts";
import { hostsToRetry } from "../../src/resume/counting-past.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { job, Leg } from "./legs.ts";

const plan: RunPlan = {
  name: "f",
  slots: [slot(job("a", 4), job("b", 3, { retries: 1, success: share(60) })), slot(job("c", 4))],
  finally: [slot(job("z", 2))],
};

describe("a run that was stopped and resumed", () => {
  it("retries the hosts of the slot that failed, not those of one that a stop had cut short before", () => {
    let leg = new Leg(plan);
    leg.loop.stop("drain", "SIGINT");
    leg.finish(() => "ok");
    expect(leg.verdict).toBe("cancelled");
    leg = new Leg(plan, leg.journal);
    leg.finish(({ slot: index, host, phase }) =>
      phase === "slots" && index === 1 && host === 2 ? "failed" : "ok",
    );
    expect(leg.verdict).toBe("failed");
    expect(hostsToRetry(leg.journal, ["failed"])).toEqual(["2/c/c-3"]);
    const asked = leg.journal.length;
    leg = new Leg(plan, leg.journal, ["failed"]);
    leg.finish(() => "ok");
    expect(leg.verdict).toBe("succeeded");
    const again = leg.journal
      .slice(asked)
      .flatMap((event) => (event.type === "task.asked" ? [`${event.host}.${event.attempt}`] : []));
    expect(again).toContain("c-3.2");
    expect(again.filter((name) => /^[abc]/.test(name) && name !== "c-3.2" && name !== "c-4.1")).toEqual([]);
  });

  it("records anew what follows without the stop, for those who read it", () => {
    const short: RunPlan = {
      name: "s",
      slots: [slot(job("a", 2, { parallelism: [share(100)] })), slot(job("c", 2))],
      finally: [],
    };
    let leg = new Leg(short);
    for (const task of leg.open) leg.start(task);
    leg.loop.stop("drain", "SIGINT");
    leg.finish(() => "ok");
    expect(leg.verdict).toBe("cancelled");
    const before = leg.journal.length;
    leg = new Leg(short, leg.journal);
    const types = leg.journal.slice(before).map(({ type }) => type);
    expect(types).toEqual([
      "run.resumed",
      "job.ended",
      "slot.ended",
      "slot.started",
      "job.started",
      "task.asked",
    ]);
    leg.finish(() => "ok");
    expect(leg.verdict).toBe("succeeded");
    holdToItsEnd(leg.journal, short);
  });

  it("leaves alone what had ended ok where hosts before it are taken again, in steps too", () => {
    const stepped: RunPlan = {
      name: "s",
      slots: [
        slot(
          job("a", 6, {
            stepped: true,
            parallelism: [share(20), share(50), share(100)],
            stepSuccess: share(0),
            success: share(90),
          }),
        ),
      ],
      finally: [],
    };
    let leg = new Leg(stepped);
    leg.finish(({ host }) => (host === 0 ? "failed" : "ok"));
    expect(leg.verdict).toBe("failed");
    const ended = new Set(
      leg.journal.flatMap((event) =>
        event.type === "task.ended" && event.outcome === "ok" ? [event.host] : [],
      ),
    );
    const before = leg.journal.length;
    leg = new Leg(stepped, leg.journal, ["failed"]);
    leg.finish(() => "ok");
    expect(leg.verdict).toBe("succeeded");
    const asked = leg.journal
      .slice(before)
      .flatMap((event) => (event.type === "task.asked" ? [event.host] : []));
    expect(asked).toContain("a-1");
    expect(asked.filter((host) => ended.has(host))).toEqual([]);
    holdToItsEnd(leg.journal, stepped);
  });
});

describe("a host that waited for its next attempt when the run was left", () => {
  it("has its exit code and its output also where a stop makes that end the final one", () => {
    const waiting = planOf({ name: "a", hosts: 2, retries: 1, retryDelayMs: 60_000, retryOn: ["failed"] });
    const before = new Leg(waiting);
    const [task] = before.open;
    if (task === undefined) throw new Error("nothing is open");
    before.start(task);
    const report = { exitCode: 7, durationMs: 5, stdout: "why", stderr: "", outputLost: true };
    before.loop.news({ type: "taskEnded", task, end: { outcome: "failed", worker: "w" } }, report);
    const after = new Leg(waiting, before.journal);
    after.loop.stop("drain", "SIGINT");
    expect(after.journal.findLast(({ type }) => type === "task.ended")).toMatchObject({
      final: true,
      attempt: 1,
      outcome: "failed",
      ...report,
    });
  });
});

describe("a run that was stopped and failed in finally alone", () => {
  it("has not failed without the stop; one whose slot failed has", () => {
    const swept: RunPlan = { name: "s", slots: [slot(job("a", 4))], finally: [slot(job("z", 2))] };
    const stopped = (how: (task: TaskRef) => Outcome) => {
      const leg = new Leg(swept);
      for (const task of leg.open) leg.start(task);
      leg.loop.stop("drain", "SIGINT");
      leg.finish(how);
      expect(leg.verdict).toBe("failed");
      return leg.journal;
    };
    const inFinally = stopped(({ phase }) => (phase === "finally" ? "failed" : "ok"));
    expect(failedWithoutStop(swept, inFinally, 7)).toBe(false);
    expect(
      failedWithoutStop(
        swept,
        stopped(() => "failed"),
        7,
      ),
    ).toBe(true);
  });
});

describe("a run that was interrupted since every worker blamed itself", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });
  const what: RunPlan = { name: "w", slots: [slot(job("a", 2))], finally: [] };
  const blame = { outcome: "unreachable", blame: "worker", worker: "w", reason: "no identity" } as const;

  /** Whoever carries it meets that worker until he gives up. */
  function blamed(leg: Leg): void {
    for (let rounds = 0; rounds < 10; rounds += 1) {
      for (const task of leg.open) leg.loop.news({ type: "taskEnded", task, end: blame });
      vi.advanceTimersByTime(10_000);
    }
    expect(leg.journal.at(-1)?.type).toBe("run.interrupted");
  }

  it("goes on when it is resumed, also a second time, and asks for what was left open", () => {
    const first = new Leg(what);
    blamed(first);
    const second = new Leg(what, first.journal);
    blamed(second);
    const third = new Leg(what, second.journal);
    vi.advanceTimersByTime(1000);
    third.finish(() => "ok");
    vi.advanceTimersByTime(1000);
    third.finish(() => "ok");
    expect(third.verdict).toBe("succeeded");
    holdToItsEnd(third.journal, what);
  });

  it("does not end what had started before because the worker cannot say", () => {
    const first = new Leg(what);
    for (const task of first.open) first.start(task);
    const second = new Leg(what, first.journal);
    blamed(second);
    const third = new Leg(what, second.journal);
    expect(third.open.map(({ attempt }) => attempt)).toEqual([1]);
    const [task] = third.open;
    if (task !== undefined) third.loop.news({ type: "taskEnded", task, end: { outcome: "unreachable" } });
    expect(third.journal.at(-1)?.type).toBe("task.lost");
  });
});
