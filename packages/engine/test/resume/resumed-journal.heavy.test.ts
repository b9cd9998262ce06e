import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Outcome, RunPlan, TaskRef } from "@roadrunner/core";
import * as plans from "../../../../test/support/plans.ts";
import { planOf, share, slot, stage } from "../../../../test/support/plans.ts";
import { failedWithoutStop } from "../../src/resume/replay.ts";
import { hostsToRetry } from "../../src/resume/counting-past.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { holdWays, runsAlways } from "./hold-ways.ts";
import { holdPlaces, job, Leg } from "./legs.ts";

const plan: RunPlan = {
  name: "f",
  slots: [slot(job("a", 4), job("b", 3, { retries: 1, success: share(60) })), slot(job("c", 4))],
  finally: [slot(job("z", 2))],
};

/** The same with hosts that go a way. */
const way: RunPlan = {
  name: "f",
  slots: [
    slot(
      job("a", 2),
      job("b", 4, {
        success: share(50),
        stages: [
          stage("drain"),
          stage("install", { retries: 1, retryDelayMs: 0 }),
          stage("undrain"),
          stage("note", { always: true }),
        ],
      }),
    ),
    slot(job("c", 3)),
  ],
  finally: [slot(job("z", 2, { stages: [stage("one"), stage("two")] }))],
};

const at = (...names: string[]) => ({ hosts: names.map((name) => ({ name })), atOnce: 1 });
const byLabel = { label: "lb", ...at("lb1", "lb2") };
const labelled = plans
  .hosts(4, "b-")
  .map((host, index) => ({ ...host, labels: { lb: index % 2 === 0 ? "lb1" : "lb2" } }));

/** The same with stages at other hosts, which two jobs share. */
const elsewhere: RunPlan = {
  name: "f",
  slots: [
    slot(
      job("a", 3, {
        stages: [stage("drain", { at: at("lb1") }), stage("install"), stage("undrain", { at: at("lb1") })],
      }),
      {
        ...job("b", 4, {
          success: share(50),
          parallelism: [share(75)],
          stages: [
            stage("drain", { at: byLabel }),
            stage("both", { at: at("lb1"), retries: 1, retryDelayMs: 0 }),
            stage("both", { at: at("lb2") }),
            stage("undrain", { at: byLabel, always: true }),
          ],
        }),
        hosts: labelled,
      },
    ),
  ],
  finally: [slot(job("z", 2, { stages: [stage("one", { at: at("lb1") })] }))],
};

type Break = {
  readonly after: number;
  /** `left`: killed, and left before all has ended. */
  readonly how: "stop" | "kill" | "left" | "leave" | "interrupt";
  /** Ends that are heard between the kill and that. */
  readonly heard: number;
};

describe("the journal of a run that was stopped, left and resumed", () => {
  it.each([
    ["of commands", plan],
    ["of ways", way],
    ["of ways that lead to other hosts", elsewhere],
  ])(
    "%s says of each task what counts, in every view, whatever was stopped, left and taken again",
    (_, plan) => {
      const breaks = fc.array(
        fc.record<Break>({
          after: fc.nat(20),
          how: fc.constantFrom("stop", "kill", "left", "leave", "interrupt"),
          heard: fc.nat(6),
        }),
        { maxLength: 4 },
      );
      const drawn = fc.array(
        fc.constantFrom<Outcome>("ok", "ok", "ok", "failed", "unreachable", "cancelled"),
        {
          minLength: 20,
          maxLength: 20,
        },
      );
      fc.assert(
        fc.property(breaks, drawn, fc.boolean(), (cuts, outcomes, inOrder) => {
          let next = 0;
          const how = (_task: TaskRef): Outcome => outcomes[next++ % outcomes.length] ?? "ok";
          let leg = new Leg(plan);
          const held = (task: TaskRef): Outcome => {
            holdPlaces(leg, plan);
            return how(task);
          };
          for (const { after, how: breaks, heard } of cuts) {
            for (let count = 0; count < after && !leg.over; count += 1) {
              const task = leg.open.at(inOrder ? 0 : -1);
              if (task === undefined) break;
              leg.start(task);
              leg.end(task, held(task));
            }
            if (!leg.over) {
              const [runs] = leg.open;
              if (runs !== undefined) leg.start(runs);
              const isKilled = breaks === "kill" || breaks === "left";
              if (breaks === "stop" || isKilled) leg.loop.stop("drain", "SIGINT");
              if (isKilled) leg.loop.stop("kill", "SIGINT");
              if (breaks === "leave") leg.loop.abandon("killed");
              if (breaks === "interrupt") leg.loop.interrupt("no worker");
              if (breaks === "stop") leg.finish(held);
              // What ends by itself in the moment of the kill has no other follow it but what runs always.
              const atKill = (task: TaskRef) =>
                runsAlways(plan, task) || next++ % 3 === 0 ? held(task) : "cancelled";
              if (isKilled) leg.finish(atKill, breaks === "left" ? heard : undefined);
            }
            holdWays(leg.journal, plan);
            if (leg.verdict !== undefined) holdToItsEnd(leg.journal, plan);
            const retry = leg.verdict === "failed" ? (["failed", "unreachable"] as const) : undefined;
            if (leg.verdict === "succeeded") break;
            if (retry !== undefined && hostsToRetry(leg.journal, retry).length === 0) break;
            const { running, journal } = leg;
            leg = new Leg(plan, journal, retry);
            // Whoever goes on asks for it again, before another one takes its place.
            expect(leg.open).toEqual(expect.arrayContaining([...running]));
            holdPlaces(leg, plan);
          }
          leg.finish(held);
          expect(leg.over).toBe(true);
          holdWays(leg.journal, plan);
          holdToItsEnd(leg.journal, plan);
        }),
        { numRuns: 300 },
      );
    },
  );

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
