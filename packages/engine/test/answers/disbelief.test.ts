import { expect, it } from "vitest";
import { Disbelief } from "../../src/answers/disbelief.ts";

it("tells the first answer that is not believed, and then counts", () => {
  const disbelief = new Disbelief();
  const told = Array.from({ length: 1000 }, (_, index) => disbelief.of(`h${index + 1}`, "why"));
  expect(told.filter((text) => text !== undefined)).toEqual([
    "h1: an answer is not believed: why",
    "10 answers were not believed by now; the last one, for h10: why",
    "100 answers were not believed by now; the last one, for h100: why",
    "1000 answers were not believed by now; the last one, for h1000: why",
  ]);
});
