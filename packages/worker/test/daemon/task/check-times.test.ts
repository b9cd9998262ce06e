import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterAnswer, type Check } from "../../../src/daemon/task/check-times.ts";

const check: Check = { everyMs: 5000, stableMs: 0, withinMs: 60_000 };

describe("after an answer of a check", () => {
  it("one yes is enough where nothing is said of stable", () => {
    const times = { beganMs: 0, askedMs: 0, nowMs: 300, okSinceMs: 300 };
    expect(afterAnswer(check, times)).toEqual({ type: "healthy" });
  });

  it("the host is asked again so long after it was asked last, and at once where its answer took longer", () => {
    const no = { beganMs: 0, askedMs: 10_000, okSinceMs: undefined };
    expect(afterAnswer(check, { ...no, nowMs: 11_000 })).toEqual({ type: "ask", inMs: 4000 });
    expect(afterAnswer(check, { ...no, nowMs: 19_000 })).toEqual({ type: "ask", inMs: 0 });
  });

  it("the host is not asked again when its time would be over", () => {
    const no = { beganMs: 0, okSinceMs: undefined };
    expect(afterAnswer(check, { ...no, askedMs: 54_000, nowMs: 54_500 })).toEqual({
      type: "ask",
      inMs: 4500,
    });
    expect(afterAnswer(check, { ...no, askedMs: 55_000, nowMs: 55_500 })).toEqual({ type: "over" });
  });

  it("the host is asked in the moment at which it has been well for long enough", () => {
    const stable = { ...check, everyMs: 30_000, stableMs: 10_000 };
    const yes = { beganMs: 0, askedMs: 1000, nowMs: 1200, okSinceMs: 1200 };
    expect(afterAnswer(stable, yes)).toEqual({ type: "ask", inMs: 10_000 });
    expect(afterAnswer(stable, { ...yes, askedMs: 11_200, nowMs: 11_300 })).toEqual({ type: "healthy" });
  });

  it("whatever the answers, it ends within its time, and well only after it was well for so long", () => {
    const checks = fc.record({
      everyMs: fc.integer({ min: 1, max: 20_000 }),
      stableMs: fc.nat(30_000),
      withinMs: fc.integer({ min: 1, max: 60_000 }),
    });
    const answers = fc.infiniteStream(fc.record({ tookMs: fc.nat(8000), ok: fc.boolean() }));
    fc.assert(
      fc.property(checks, answers, (how, stream) => {
        let nowMs = 0;
        let okSinceMs: number | undefined;
        for (const { tookMs, ok } of stream) {
          const askedMs = nowMs;
          expect(askedMs).toBeLessThan(how.withinMs);
          nowMs += Math.min(tookMs, how.withinMs - askedMs);
          okSinceMs = ok ? (okSinceMs ?? nowMs) : undefined;
          const next = afterAnswer(how, { beganMs: 0, askedMs, nowMs, okSinceMs });
          if (next.type === "healthy")
            expect(nowMs - (okSinceMs ?? Infinity)).toBeGreaterThanOrEqual(how.stableMs);
          if (next.type !== "ask") return;
          // Not later than `every` after it was asked, but for an answer that took longer.
          expect(nowMs + next.inMs).toBeLessThanOrEqual(Math.max(nowMs, askedMs + how.everyMs));
          // Steps of 1 ms would take long, and say no more.
          nowMs += Math.max(next.inMs, 1);
        }
      }),
    );
  });
});
