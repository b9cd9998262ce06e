import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

it("everything times out: decided at the 21st of 100, with no more than that and the window touched", async () => {
  const seen = await play({
    flow: {
      name: "everything times out",
      slots: [
        {
          jobs: [
            {
              name: "sync",
              hosts: "h[1-100]",
              command: "sync",
              timeout: "1s",
              success: "80%",
              parallelism: 10,
            },
          ],
        },
      ],
    },
    script: () => ({ outcome: "timedOut", reason: "ran for 1 s and was killed", afterMs: 10 }),
  });
  expect(seen.exitCode).toBe(1);
  expect(seen.count("sync", "timedOut")).toBeGreaterThanOrEqual(21);
  expect(seen.count("sync", "timedOut")).toBeLessThanOrEqual(30);
  expect(seen.job("sync")?.reason).toContain("needs 80 of 100 hosts");
});
