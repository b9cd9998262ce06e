import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "../../../src/gearman/connection/backoff.ts";

test("doubles from 100 ms to 5 s", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failedRounds) => backoffMs(failedRounds, 1));
  expect(longest).toEqual([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
});

test("is between a half and all of that", () => {
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(), draw, (failedRounds, random) => {
      const delayMs = backoffMs(failedRounds, random);
      const fullMs = backoffMs(failedRounds, 1);
      expect(delayMs).toBeGreaterThanOrEqual(fullMs / 2);
      expect(delayMs).toBeLessThanOrEqual(fullMs);
    }),
  );
});
