import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RunPlan } from "@roadrunner/core";
import { slot } from "../../../../test/support/plans.ts";
import { failedWithoutStop } from "../../src/resume/replay.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { job, Leg } from "./legs.ts";

describe("a deadline", () => {
  const hour = 3_600_000;
  const timed: RunPlan = { name: "t", slots: [slot(job("a", 4, { deadlineMs: hour }))], finally: [] };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    return () => vi.useRealTimers();
  });
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

  it("that passed while nobody carried the run does not count", () => {
    const first = new Leg(timed);
    for (const task of first.open) first.start(task);
    first.loop.abandon("killed");
    pass(5 * hour);
    const second = new Leg(timed, first.journal);
    pass(hour - 1);
    second.finish(() => "ok");
    expect(second.verdict).toBe("succeeded");
    holdToItsEnd(second.journal, timed);
  });

  it("begins anew at a resume, and passes then", () => {
    const first = new Leg(timed);
    first.loop.abandon("killed");
    const second = new Leg(timed, first.journal);
    pass(hour);
    second.finish(() => "cancelled");
    expect(second.verdict).toBe("failed");
    holdToItsEnd(second.journal, timed);
  });

  it("that has failed the job is out of the way where hosts are taken again", () => {
    const first = new Leg(timed);
    for (const task of first.open) first.start(task);
    pass(2 * hour);
    first.finish(({ host }) => (host === 0 ? "ok" : "cancelled"));
    expect(first.verdict).toBe("failed");
    expect(failedWithoutStop(timed, first.journal, 7)).toBe(true);
    const second = new Leg(timed, first.journal, ["cancelled"]);
    second.finish(() => "ok");
    expect(second.verdict).toBe("succeeded");
    holdToItsEnd(second.journal, timed);
  });

  it("that passed after a stop is no failure of the run that goes on", () => {
    const first = new Leg(timed);
    for (const task of first.open) first.start(task);
    first.loop.stop("drain", "SIGINT");
    pass(2 * hour);
    first.finish(() => "ok");
    expect(first.verdict).toBe("failed");
    expect(failedWithoutStop(timed, first.journal, 7)).toBe(false);
    const second = new Leg(timed, first.journal);
    second.finish(() => "ok");
    expect(second.verdict).toBe("succeeded");
    holdToItsEnd(second.journal, timed);
  });
});
