import { describe, expect, it } from "vitest";
import { isWorthKeeping, KeptAnswers } from "../../../src/daemon/memory/kept-answers.ts";
import { nextLife, type LifeEvent, type LifeState } from "../../../src/daemon/life/lifecycle.ts";

describe("the life of a worker", () => {
  const after = (...events: LifeEvent[]) => events.reduce<LifeState>(nextLife, "running");

  it.each<[LifeEvent[], LifeState]>([
    [[], "running"],
    [["idle", "deadline", "left"], "running"],
    [["signal"], "draining"],
    [["signal", "idle"], "leaving"],
    [["signal", "deadline"], "leaving"],
    [["signal", "signal"], "leaving"],
    [["signal", "idle", "left"], "gone"],
    [["signal", "signal", "signal"], "gone"],
    [["signal", "idle", "left", "signal"], "gone"],
  ])("after %j it is %s", (events, state) => {
    expect(after(...events)).toBe(state);
  });
});

describe("KeptAnswers", () => {
  it("is for what tells of a command, not of a delivery that never began", () => {
    const outcomes = ["ok", "failed", "timedOut", "cancelled", "unknown"] as const;
    for (const outcome of outcomes) expect(isWorthKeeping({ outcome })).toBe(true);
    for (const outcome of ["skipped", "unreachable", "refused"] as const)
      expect(isWorthKeeping({ outcome })).toBe(false);
  });

  it("answers the same task once, while it is kept", () => {
    const kept = new KeptAnswers(1000);
    kept.keep("t1", "answer", 0);
    kept.keep("t2", "late", 0);
    expect(kept.take("t1", 999)).toBe("answer");
    expect(kept.take("t1", 999)).toBeUndefined();
    expect(kept.take("t2", 1000)).toBeUndefined();
  });

  it("does not grow without bound", () => {
    const kept = new KeptAnswers(1_000_000);
    const big = "x".repeat(8 * 1024 * 1024);
    for (let index = 0; index < 12; index += 1) kept.keep(`t${index}`, big, index);
    expect(kept.size).toBe(8);
    expect(kept.take("t11", 20)).toBe(big);
  });
});
