import { describe, expect, it } from "vitest";
import { clockWarning } from "../../src/submit/clock-warning.ts";

describe("a worker's clock", () => {
  it("may differ by a minute in silence", () => {
    expect([0, 60_000, -60_000].map((aheadMs) => clockWarning("w1", aheadMs))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is told of when it differs by more, either way", () => {
    expect(clockWarning("w1", 61_000)).toMatch(/worker w1 is 61 s ahead of/);
    expect(clockWarning("w1", -240_000)).toMatch(/worker w1 is 240 s behind/);
  });
});
