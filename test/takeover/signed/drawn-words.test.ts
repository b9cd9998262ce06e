import { expect, it } from "vitest";
import { drawWords } from "./drawn-words.ts";

it("what operators say is the same for the same seed, and half of all runs need no second word", () => {
  expect(drawWords(7, 3)).toEqual(drawWords(7, 3));
  const seeds = Array.from({ length: 400 }, (_, seed) => seed);
  const drawn = seeds.map((seed) => drawWords(seed, 3));
  const isLong = (lifeMs: number): boolean => lifeMs >= 3_600_000;
  const share = (of: (one: (typeof drawn)[number]) => boolean): number =>
    drawn.filter(of).length / drawn.length;
  expect(share(({ lifeMs, leftOut }) => isLong(lifeMs) && leftOut === undefined)).toBeCloseTo(0.45, 1);
  expect(new Set(drawn.map(({ leftOut }) => leftOut))).toEqual(new Set([undefined, 0, 1, 2]));
  expect(share(({ first, anew }) => anew[0]?.by !== first)).toBeCloseTo(0.4, 1);
  // In the end it may go on.
  expect(share(({ anew }) => isLong(anew.at(-1)?.lifeMs ?? 0))).toBe(1);
});
