import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

it("rolling restart at 50%: never more than half at once, all in order of the list", async () => {
  const seen = await play({
    flow: {
      name: "rolling restart",
      slots: [{ jobs: [{ name: "restart", hosts: "fe[1-100]", command: "restart", parallelism: "50%" }] }],
    },
    // Long beside what a busy machine needs to hand one out, or they end before the next has begun.
    script: () => ({ afterMs: 500 }),
  });
  expect(seen.exitCode).toBe(0);
  expect(seen.count("restart", "ok")).toBe(100);
  expect(seen.fleet.mostAtOnce("restart")).toBeLessThanOrEqual(50);
  expect(seen.fleet.mostAtOnce("restart")).toBeGreaterThan(10);
});
