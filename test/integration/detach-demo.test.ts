import { expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { end, expectShown, useDemos } from "./demo-kit.ts";

failOnLeftovers();
const demos = useDemos();

test("a run outlives its rr-submit and its coordinator, and each host is restarted once", async () => {
  const demo = demos.start("--detach");
  await end(demo);
  const [, before, after] = /^By then (\d+) of 40 .*: (\d+) a moment later\.$/m.exec(demo.stdout()) ?? [];
  // It was in the middle, and nobody was there to start more than the ten that ran.
  expect(Number(before), demo.output()).toBeGreaterThanOrEqual(12);
  expect(Number(after)).toBeLessThanOrEqual(Math.min(Number(before) + 10, 39));
  expect(demo.stdout()).toContain("restart succeeded: 40 of 40 ok, needed 40");
  expect(demo.stdout()).toContain("40 of 40 restarted, once each");
  expectShown("A run outlives who carries it", demo);
  await demos.expectNothingLeft();
});
