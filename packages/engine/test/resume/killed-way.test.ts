import { describe, expect, it } from "vitest";
import type { RunPlan } from "@roadrunner/core";
import { slot, stage } from "../../../../test/support/plans.ts";
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

function never(): never {
  throw new Error("nothing is open");
}
