import fc from "fast-check";
import { expect, it } from "vitest";
import { isTooDeep, MOST_LEVELS } from "../../../src/server/body/too-deep.ts";

const lists = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

it.each([
  ["as deep as may be", lists(MOST_LEVELS), false],
  ["one level more", lists(MOST_LEVELS + 1), true],
  ["without an end", "[".repeat(1_000_000), true],
  ["objects", '{"a":'.repeat(MOST_LEVELS + 1), true],
  ["many beside each other", `[${"[],{},".repeat(100_000)}0]`, false],
  ["brackets within a text", JSON.stringify("[".repeat(1000)), false],
  ["a quote within a text", JSON.stringify(`"\\"${"[".repeat(1000)}`), false],
  ["behind a text that ends with a backslash", `{"a\\\\":${lists(MOST_LEVELS)}}`, true],
  ["a text without an end", `"${"[".repeat(1000)}`, false],
])("%s", (_, json, is) => {
  expect(isTooDeep(Buffer.from(json))).toBe(is);
});

it("finds what JSON.parse makes of it, whatever texts there are", () => {
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map((one) => depthOf(one)))
      : 0;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(MOST_LEVELS), (value, around) => {
      const json = "[".repeat(around) + JSON.stringify(value) + "]".repeat(around);
      expect(isTooDeep(Buffer.from(json))).toBe(around + depthOf(value) > MOST_LEVELS);
    }),
  );
});
