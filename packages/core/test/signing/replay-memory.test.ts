import { ReplayMemory } from "@roadrunner/core/signing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const MINUTE_MS = 60_000;
const ANN = { root: "ann's key", sender: "" };
const BOB = { root: "bob's key", sender: "" };
const isNew = { kind: "new" };
const isSeen = { kind: "seen" };

describe("submissions that were taken", () => {
  it("are new once, until their time is over, or a minute longer", () => {
    const memory = new ReplayMemory();
    expect(memory.take("a", 100, 0, ANN)).toEqual(isNew);
    expect(memory.take("b", 100, 0, ANN)).toEqual(isNew);
    expect(memory.take("a", 100, 100, ANN)).toEqual(isSeen);
    expect(memory.take("a", 100 + MINUTE_MS, 101 + MINUTE_MS, ANN)).toEqual(isNew);
  });

  it("are the same ones whoever is taken for their sender", () => {
    const memory = new ReplayMemory();
    expect(memory.take("a", 100, 0, ANN)).toEqual(isNew);
    expect(memory.take("a", 100, 0, BOB)).toEqual(isSeen);
    expect(memory.take("a", 5 * MINUTE_MS, 0, BOB)).toEqual(isSeen);
  });

  it("are forgotten afterwards, so that memory does not grow with the days", () => {
    const memory = new ReplayMemory();
    for (let at = 0; at < 10_000; at += 1)
      memory.take(`unique ${at}`, (at + 2) * MINUTE_MS, at * MINUTE_MS, { root: `${at}`, sender: "" });
    expect(memory.size).toBeLessThan(5);
  });

  it("are not forgotten for lack of room: then nothing more is taken of whoever has most", () => {
    const memory = new ReplayMemory({ most: 4, sure: 1, sureSenders: 1 });
    expect(memory.take("a", 100, 0, ANN)).toEqual(isNew);
    expect(memory.take("b", 50, 0, ANN)).toEqual(isNew);
    expect(memory.take("c", 100, 0, ANN)).toEqual({ kind: "full", flooder: "sender", taken: 2 });
    expect(memory.take("a", 100, 0, ANN)).toEqual(isSeen);
    expect(memory.take("c", 100, 0, BOB)).toEqual(isNew);
    expect(memory.take("d", 200, MINUTE_MS, ANN)).toEqual(isNew);
  });

  it("leave room for others of an authority whose holders have many names", () => {
    const memory = new ReplayMemory({ most: 3000, sure: 5, sureSenders: 2 });
    const takenOf = (root: string, senders: number): number => {
      let taken = 0;
      for (let sender = 0; sender < senders; sender += 1)
        for (
          let at = 0;
          memory.take(`${root} ${sender} ${at}`, 100, 0, { root, sender: `${sender}` }).kind === "new";
          at += 1
        )
          taken += 1;
      return taken;
    };
    expect(takenOf("an authority", 200)).toBeLessThan(2010);
    expect(memory.take("x", 100, 0, { root: "an authority", sender: "new" })).toMatchObject({
      kind: "full",
      flooder: "root",
    });
    expect(takenOf("a key", 1)).toBeGreaterThan(450);
    expect(takenOf("another key", 1)).toBeGreaterThan(200);
  });
});

describe("whatever comes in whatever order", () => {
  const bounds = { most: 30, sure: 4, sureSenders: 2 };
  const message = fc.record({
    identity: fc.integer({ min: 0, max: 200 }),
    root: fc.integer({ min: 0, max: 3 }),
    sender: fc.integer({ min: 0, max: 3 }),
    lifeMs: fc.integer({ min: 0, max: 3 * MINUTE_MS }),
    laterMs: fc.integer({ min: 0, max: MINUTE_MS }),
  });
  const flood = fc.tuple(message, fc.integer({ min: 1, max: 40 })).map(([one, times]) =>
    Array.from({ length: times }, (_, at) => ({
      ...one,
      identity: one.identity + 1000 * at,
      laterMs: at === 0 ? one.laterMs : 0,
    })),
  );

  it("no replay is taken twice, whoever stays below his share is not refused, and memory is bounded", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            message.map((one) => [one]),
            flood,
          ),
          { maxLength: 40 },
        ),
        (parts) => {
          const memory = new ReplayMemory(bounds);
          const until = new Map<number, number>();
          // All that may be remembered still, with whose it is: a minute longer than it counts.
          let taken: { root: number; sender: number; endsMs: number }[] = [];
          let nowMs = 0;
          for (const { identity, root, sender, lifeMs, laterMs } of parts.flat()) {
            nowMs += laterMs;
            taken = taken.filter(({ endsMs }) => endsMs + MINUTE_MS >= nowMs);
            const untilMs = nowMs + lifeMs;
            const from = { root: `${root}`, sender: `${sender}` };
            const { kind } = memory.take(`${identity}`, untilMs, nowMs, from);
            const known = until.get(identity);
            if (known !== undefined && known >= nowMs) expect(kind).toBe("seen");
            const ofRoot = taken.filter((one) => one.root === root);
            const own = ofRoot.filter((one) => one.sender === sender);
            const others = new Set(ofRoot.filter((one) => one.sender !== sender).map((one) => one.sender));
            if (own.length < bounds.sure && others.size < bounds.sureSenders) expect(kind).not.toBe("full");
            if (kind !== "new") continue;
            until.set(identity, untilMs);
            taken.push({ root, sender, endsMs: untilMs });
            expect(memory.size).toBeLessThanOrEqual(bounds.most + 4 * bounds.sure * bounds.sureSenders);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
