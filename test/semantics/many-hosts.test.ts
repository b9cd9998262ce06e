import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play, seeded } from "./story.ts";

failOnLeftovers();

it("5,000 hosts with 3% random failures and 95% needed: succeeds, every host once", async () => {
  const chance = seeded(20261124);
  const seen = await play({
    flow: {
      name: "many hosts",
      slots: [
        { jobs: [{ name: "work", hosts: "h[1-5000]", command: "work", success: "95%", parallelism: "20%" }] },
      ],
    },
    script: () => (chance() < 0.03 ? { outcome: "failed", reason: "exit code 1" } : {}),
  });
  expect(seen.exitCode).toBe(0);
  expect(seen.outcomes.size).toBe(5000);
  expect(new Set(seen.fleet.starts).size).toBe(5000);
  expect(seen.fleet.starts).toHaveLength(5000);
  expect(seen.count("work", "failed")).toBeGreaterThan(100);
  expect(seen.fleet.mostAtOnce("work")).toBeLessThanOrEqual(1000);
});
