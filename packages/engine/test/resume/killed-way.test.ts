import { describe, expect, it } from "vitest";
import type { RunPlan } from "@roadrunner/core";
import { share, slot, stage } from "../../../../test/support/plans.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { holdWays } from "./hold-ways.ts";
import { job, Leg } from "./legs.ts";

describe("a run that was killed, and left while what runs always ran", () => {
  const plan = (retries: number): RunPlan => {
    const stages = [
      stage("drain"),
      stage("install", { retries, retryDelayMs: 60_000 }),
      stage("undrain", { always: true }),
    ] as const;
    return { name: "w", slots: [slot(job("a", 1, { stages }))], finally: [] };
  };
  const killed = (leg: Leg): void => {
    leg.loop.stop("drain", "SIGINT");
    leg.loop.stop("kill", "SIGINT");
  };
  const run = (leg: Leg, outcome: "ok" | "failed" | "skipped"): void => {
    const [task] = leg.open;
    if (task === undefined) throw new Error("nothing is open");
    if (outcome !== "skipped") leg.start(task);
    leg.end(task, outcome);
  };
  const asked = ({ journal }: Leg) =>
    journal.flatMap((event) => (event.type === "task.asked" ? [`${event.stage}.${event.attempt}`] : []));

  it.each([
    [
      "the stage before it never started",
      0,
      (leg: Leg) => {
        run(leg, "ok");
        killed(leg);
        run(leg, "skipped");
      },
    ],
    [
      "the stage before it was never asked for",
      0,
      (leg: Leg) => {
        leg.start(leg.open[0] ?? never());
        killed(leg);
        run(leg, "ok");
      },
    ],
    [
      "the stage before it waited for its next attempt",
      1,
      (leg: Leg) => {
        run(leg, "ok");
        run(leg, "failed");
        killed(leg);
      },
    ],
  ] as const)("does not go back: %s", (_, retries, before) => {
    const what = plan(retries);
    const first = new Leg(what);
    before(first);
    expect(first.open.map((task) => task.stage)).toEqual([2]);
    expect(first.over).toBe(false);
    const second = new Leg(what, first.journal);
    expect(second.open.map((task) => task.stage)).toEqual([2]);
    second.finish(() => "ok");
    expect(asked(second).at(-1)).toBe("undrain.1");
    const end = second.journal.findLast((event) => event.type === "task.ended" && event.stage === undefined);
    expect(end).toMatchObject({
      decidedBy: "install",
      reason: expect.stringMatching(/^install: ./) as string,
    });
    holdWays(second.journal, what);
    holdToItsEnd(second.journal, what);
  });
});

describe("a run that was stopped, and left while a host went its way to its end", () => {
  it("lets one that the stop had held back wait for its place at the host where its stage runs", () => {
    const at = { hosts: [{ name: "lb1" }], atOnce: 1 };
    const stages = [stage("drain", { at }), stage("install"), stage("undrain", { at })] as const;
    const settings = { stages, parallelism: [share(100)] as const };
    const what: RunPlan = { name: "w", slots: [slot(job("a", 2, settings))], finally: [] };
    const open = (leg: Leg) => leg.open.map(({ host, stage: of }) => `${host}.${of}`);
    const end = (leg: Leg, which: string): void => {
      const task = leg.open.find(({ host, stage: of }) => `${host}.${of}` === which) ?? never();
      leg.start(task);
      leg.end(task, "ok");
    };
    const first = new Leg(what);
    end(first, "0.0");
    expect(open(first)).toEqual(["0.1", "1.0"]);
    first.loop.stop("drain", "SIGINT");
    expect(open(first)).toEqual(["0.1"]);
    end(first, "0.1");
    expect(open(first)).toEqual(["0.2"]);
    first.loop.abandon("left");
    const second = new Leg(what, first.journal);
    expect(open(second)).toEqual(["0.2"]);
    end(second, "0.2");
    expect(open(second)).toEqual(["1.0"]);
    second.finish(() => "ok");
    expect(second.verdict).toBe("succeeded");
    holdWays(second.journal, what);
    holdToItsEnd(second.journal, what);
  });
});

function never(): never {
  throw new Error("nothing is open");
}
