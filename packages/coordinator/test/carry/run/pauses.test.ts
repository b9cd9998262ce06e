import { expect, it } from "vitest";
import { failedAgain, pauseMs } from "../../../src/carry/run/pauses.ts";

it("waits longer each time that a run cannot go on, up to a minute", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 100].map(pauseMs)).toEqual([
    1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
  ]);
});

it("begins anew when a run has gone on for long", () => {
  expect(failedAgain(7, 1000)).toBe(8);
  expect(failedAgain(7, 5 * 60_000)).toBe(0);
});
