import { expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { end, expectShown, useDemos } from "./demo-kit.ts";

failOnLeftovers();
const demos = useDemos();

test("a run outlives its rr-submit and its coordinator, and each host is restarted once", async () => {
  const demo = demos.start("--detach");
  await end(demo);
  const [, before, meanwhile] =
    /^(\d+) of 60 hosts were restarted when the coordinator was killed\. .*: (\d+) more$/m.exec(
      demo.stdout(),
    ) ?? [];
  // It was in the middle, and nobody was there to start more than what ran.
  expect(Number(before)).toBeGreaterThanOrEqual(20);
  expect(Number(before) + Number(meanwhile), demo.output()).toBeLessThan(60);
  expect(demo.stdout()).toContain("restart succeeded: 60 of 60 ok, needed 60");
  expect(demo.stdout()).toContain("60 of 60 restarted, once each");
  expectShown("A run outlives who carries it", demo);
  await demos.expectNothingLeft();
});
