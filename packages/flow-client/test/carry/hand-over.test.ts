import { expect, it } from "vitest";
import { MOST_OF_WARNING, MOST_WARNINGS } from "@roadrunner/engine/api";
import { boundedWarnings } from "../../src/carry/hand-over.ts";

it("hands over as many warnings as are taken, and says how many more there were", () => {
  const few = ["one", "two"];
  expect(boundedWarnings(few)).toEqual(few);
  const many = boundedWarnings(Array.from({ length: 2500 }, (_, at) => `w${at}`));
  expect(many).toHaveLength(MOST_WARNINGS);
  expect(many.slice(-2)).toEqual(["w998", "1501 more warnings are not told: rr-submit plan tells all"]);
});

it("cuts a long one, and no character of it in half", () => {
  const [long = ""] = boundedWarnings([`${"x".repeat(MOST_OF_WARNING - 2)}😀 and more`]);
  expect(long).toBe(`${"x".repeat(MOST_OF_WARNING - 2)}…`);
});
