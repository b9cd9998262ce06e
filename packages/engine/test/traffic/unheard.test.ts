import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Unheard, type Owed } from "../../src/traffic/unheard.ts";

const owed: Owed = { connectTimeoutMs: 10_000, lostTimeoutMs: 60_000 };

/** A submission whose job server says of it what it is told to; it is given up as soon as it may be. */
function sent(changed: Partial<Owed> = {}) {
  const unheard = new Unheard({ ...owed, ...changed });
  const seen = { handedOut: false, asked: 0, lost: [] as string[] };
  unheard.sentAs({
    abandon: (reason) => void seen.lost.push(reason),
    askHandedOut: (heard) => {
      seen.asked += 1;
      heard(seen.handedOut);
    },
  });
  const look = (passedMs: number): void => {
    unheard.look(passedMs);
    if (unheard.isOverdue) unheard.giveUp();
  };
  return { unheard, look, seen };
}

describe("a submission of which no worker has said a word", () => {
  it("waits in the job server's queue for as long as it takes", () => {
    const { look, seen } = sent();
    for (let looks = 0; looks < 10_000; looks += 1) look(4000);
    expect(seen).toMatchObject({ lost: [], asked: 10_000 });
  });

  it("is lost when a worker has had it for longer than that may take, once", () => {
    const { unheard, look, seen } = sent();
    look(1_000_000);
    seen.handedOut = true;
    look(1_000_000);
    look(40_000);
    expect(seen.lost).toEqual([]);
    expect(unheard.silentMs).toBeUndefined();
    look(1);
    look(1);
    expect(seen.lost).toEqual([
      "no word in 40 s of the worker that took it, which may start it or have started it; look for one that hangs (rr-submit status)",
    ]);
    expect(unheard.silentMs).toBe(30_000);
  });

  it("is counted from the start where one that had the task before said nothing", () => {
    const { look, seen } = sent({ silentBefore: true });
    look(40_000);
    expect(seen.lost).toEqual([]);
    look(1);
    expect(seen.lost).toHaveLength(1);
  });

  it.each(["withdraw", "kill"] as const)(
    "gives a %s, which says nothing before its end, more time",
    (order) => {
      const { look, seen } = sent({ order, silentBefore: true });
      look(4 * 10_000 + 60_000 + 30_000);
      expect(seen.lost).toEqual([]);
      look(1);
      expect(seen.lost).toHaveLength(1);
    },
  );

  it("is lost after the time for which a worker had it, whatever came in which order", () => {
    const looked = fc.record({ passedMs: fc.integer({ min: 0, max: 4000 }), handedOut: fc.boolean() });
    fc.assert(
      fc.property(fc.array(looked, { maxLength: 60 }), fc.boolean(), (looks, silentBefore) => {
        const { look, seen } = sent({ silentBefore });
        let heldMs = 0;
        let counts = silentBefore;
        for (const { passedMs, handedOut } of looks) {
          seen.handedOut = handedOut;
          look(passedMs);
          if (counts && heldMs <= 40_000) heldMs += passedMs;
          counts ||= handedOut;
        }
        expect(seen.lost).toHaveLength(heldMs > 40_000 ? 1 : 0);
      }),
    );
  });
});

describe("a submission whose worker said that it starts it", () => {
  const worker = "box1";
  const started = (signOfLifeMs?: number) => {
    const one = sent();
    one.seen.handedOut = true;
    one.unheard.startedBy({ worker, signOfLifeMs });
    return one;
  };

  it("is never lost for silence where the worker promised no sign of life", () => {
    const { look, seen } = started();
    for (let looks = 0; looks < 10_000; looks += 1) look(4000);
    expect(seen).toMatchObject({ lost: [], asked: 0 });
  });

  it("is lost after three missed signs of life and half of the lost timeout", () => {
    const { unheard, look, seen } = started(15_000);
    look(75_000);
    unheard.heard();
    look(75_000);
    expect(seen.lost).toEqual([]);
    look(1);
    expect(seen.lost).toEqual([
      "no sign of life in 75 s of worker box1, which has it; look for one that hangs (rr-submit status)",
    ]);
    expect(unheard.silentMs).toBe(30_000);
  });

  it("waits again for as long as it takes where the job server has put it back into its queue", () => {
    const { look, seen } = started(15_000);
    seen.handedOut = false;
    for (let looks = 0; looks < 1000; looks += 1) look(4000);
    expect(seen.lost).toEqual([]);
    seen.handedOut = true;
    look(0);
    look(40_000);
    expect(seen.lost).toEqual([]);
    look(1);
    expect(seen.lost).toHaveLength(1);
  });

  it("is never lost while signs come in time, whatever the looks are", () => {
    const step = fc.record({ passedMs: fc.integer({ min: 0, max: 4000 }), handedOut: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { unheard, look, seen } = started(15_000);
        let sinceMs = 0;
        for (const { passedMs, handedOut } of steps) {
          seen.handedOut = handedOut;
          look(passedMs);
          sinceMs += passedMs;
          if (sinceMs < 15_000) continue;
          unheard.heard();
          sinceMs = 0;
        }
        expect(seen.lost).toEqual([]);
      }),
    );
  });
});
