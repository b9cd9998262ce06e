import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineDiff } from "../../../src/reporters/outputs/line-diff.ts";

const text = (before: string, after: string) =>
  lineDiff(before.split(" "), after.split(" ")).map(({ sign, line }) => sign + line);

/** What a diff makes of `before`, if it is one: each line of before is kept unless it is the next to go. */
function isDiff(before: readonly string[], after: readonly string[]): boolean {
  const diff = lineDiff(before, after);
  const gone = diff.filter(({ sign }) => sign === "-").map(({ line }) => line);
  const come = diff.filter(({ sign }) => sign === "+").map(({ line }) => line);
  return sameLines([...before, ...come], [...after, ...gone]);
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted());
}

describe("lineDiff", () => {
  it.each([
    ["a b c", "a b c", []],
    ["a b c", "a x c", ["-b", "+x"]],
    ["a b c", "a c", ["-b"]],
    ["a c", "a b c", ["+b"]],
    ["a b c d e", "a x c y e", ["-b", "+x", "-d", "+y"]],
  ])("%j to %j", (before, after, expected) => {
    expect(text(before, after)).toEqual(expected);
  });

  it("accounts for every line, and is never longer than both texts", () => {
    const some = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 30 });
    fc.assert(
      fc.property(some, some, (before, after) => {
        expect(isDiff(before, after)).toBe(true);
        expect(lineDiff(before, after).length).toBeLessThanOrEqual(before.length + after.length);
      }),
    );
  });

  it("takes texts too long to compare for replaced", () => {
    const before = Array.from({ length: 5000 }, (_, n) => `a${n}`);
    const after = Array.from({ length: 5000 }, (_, n) => `b${n}`);
    expect(lineDiff(before, after)).toHaveLength(10_000);
  });
});
