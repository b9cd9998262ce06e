import { expect, it } from "vitest";
import { scheduleFor } from "./schedule.ts";

const shape = { coordinators: 3, workers: 2, faults: 8, withinMs: 40_000 };

it("is the same for the same seed, in the order of its times, and has all kinds in some seeds", () => {
  expect(scheduleFor(7, shape)).toEqual(scheduleFor(7, shape));
  const all = Array.from({ length: 200 }, (_, seed) => scheduleFor(seed, shape));
  for (const schedule of all) {
    const times = schedule.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeLessThanOrEqual(shape.withinMs);
  }
  const kinds = new Set(all.flat().map(({ fault }) => fault.kind));
  expect(kinds.size).toBe(15);
});
