import { expect, it } from "vitest";
import { runTimeFault } from "../../src/carry/run-time.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");

it.each([
  ["20261129-120000-aaaaaaaa", undefined],
  ["20261129-121000-aaaaaaaa", undefined],
  ["20261129-115000-aaaaaaaa", undefined],
  [
    "20261129-121001-aaaaaaaa",
    "is of 2026-11-29T12:10:01Z, and the coordinator's clock says 2026-11-29T12:00:00Z",
  ],
  ["20261129-114959-aaaaaaaa", "compare the clocks of both boxes"],
  ["99991231-235959-aaaaaaaa", "is of 9999-12-31T23:59:59Z"],
  ["00000101-000000-aaaaaaaa", "compare the clocks"],
  ["20269999-999999-aaaaaaaa", "begins with no time"],
  ["20260230-120000-aaaaaaaa", "begins with no time"],
])("a new run's id %s: %s", (run, fault) => {
  const found = runTimeFault(run, NOW);
  expect(fault === undefined ? found : found?.includes(fault)).toBe(fault === undefined ? undefined : true);
});
