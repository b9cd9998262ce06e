import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromPieces, inPieces } from "../../../src/server/hand-over/in-pieces.ts";

describe("JSON in pieces", () => {
  it("is read as it was written, to the order of its fields, however small the pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })),
        fc.integer({ min: 1, max: 60 }),
        async (value, most) => {
          const written = JSON.stringify(value);
          expect(JSON.stringify(await fromPieces(inPieces(JSON.parse(written), most)))).toBe(written);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("has no piece much longer than is wanted, and lets others go on between them", async () => {
    const hosts = Array.from({ length: 20_000 }, (_, at) => ({ name: `h${at}`, labels: { rack: "r1" } }));
    const slots = Array.from({ length: 3 }, () => ({
      jobs: [
        { name: "j", hosts },
        { name: "k", hosts: [] },
      ],
    }));
    const parted = inPieces({ plan: { name: "p", slots } }, 4096);
    const all = [parted.frame, ...parted.lists.flatMap(({ pieces }) => pieces)];
    expect(Math.max(...all.map(({ length }) => length))).toBeLessThan(2 * 4096);
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    const read = await fromPieces(parted);
    clearInterval(counting);
    expect(read).toEqual({ plan: { name: "p", slots } });
    expect(turns).toBeGreaterThan(3);
  });

  it("leaves out what is undefined, as JSON does", async () => {
    expect(await fromPieces(inPieces({ a: undefined, b: [undefined], c: "x".repeat(50) }, 10))).toEqual({
      b: [null],
      c: "x".repeat(50),
    });
  });
});
