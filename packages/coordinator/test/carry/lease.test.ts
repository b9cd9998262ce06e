import { describe, expect, it } from "vitest";
import { heldUntilMs, LEASE_MS, nextTurn, type Turns } from "../../src/carry/lease.ts";

describe("a lease", () => {
  const asked = { wallMs: 1_000_000.5, steadyMs: 500 };

  it("is held from the moment before it was asked for, in whole milliseconds", () => {
    expect(heldUntilMs(asked, { wallMs: 1_003_000.5, steadyMs: 3500 })).toBe(1_000_000 + LEASE_MS);
  });

  it("is not longer by a clock that was set back, nor by one that was set forward", () => {
    const after = { steadyMs: 500 + 15_000 };
    // Five seconds are left, whatever the clock says.
    expect(heldUntilMs(asked, { ...after, wallMs: 200_000 })).toBe(205_000);
    expect(heldUntilMs(asked, { ...after, wallMs: 9_000_000 })).toBe(1_000_000 + LEASE_MS);
  });

  it("is over when its time has passed, also for a process that was suspended", () => {
    const resumed = { wallMs: 1_060_000, steadyMs: 60_500 };
    expect(heldUntilMs(asked, resumed)).toBeLessThan(resumed.wallMs);
  });
});

describe("the next turn", () => {
  const turns: Turns = { renewedMs: 0, answered: true, claimedMs: 0, carried: 3, most: 5 };

  it("renews every five seconds, before anything is taken over", () => {
    expect(nextTurn(turns, 4999)).toEqual({ kind: "wait", ms: 1 });
    expect(nextTurn(turns, 5000)).toEqual({ kind: "renew" });
    expect(nextTurn({ ...turns, renewedMs: 5000 }, 5000)).toEqual({ kind: "claim", limit: 2 });
  });

  it("renews after a second where the store did not answer", () => {
    expect(nextTurn({ ...turns, answered: false }, 1000)).toEqual({ kind: "renew" });
  });

  it("renews nothing where nothing is carried, and takes over nothing where there is no room", () => {
    expect(nextTurn({ ...turns, carried: 0 }, 60_000)).toEqual({ kind: "claim", limit: 5 });
    const full = { ...turns, carried: 5, renewedMs: 60_000 };
    expect(nextTurn(full, 60_000)).toEqual({ kind: "wait", ms: 1000 });
  });

  it("never waits long: what is carried may change meanwhile", () => {
    const waits = [0, 3, 5].flatMap((carried) =>
      Array.from({ length: 120 }, (_, step) => nextTurn({ ...turns, carried }, step * 100)).flatMap((turn) =>
        turn.kind === "wait" ? [turn.ms] : [],
      ),
    );
    expect(waits.length).toBeGreaterThan(100);
    expect(Math.min(...waits)).toBeGreaterThan(0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1000);
  });
});
