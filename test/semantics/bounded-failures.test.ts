import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

it("boundFailures: exactly one failure more than allowed, never more, whatever the parallelism", async () => {
  const seen = await play({
    flow: {
      name: "bounded failures",
      slots: [
        {
          jobs: [
            {
              name: "sync",
              hosts: "h[1-100]",
              command: "sync",
              success: "80%",
              boundFailures: true,
              parallelism: "100%",
            },
          ],
        },
      ],
    },
    script: () => ({ outcome: "failed", reason: "exit code 1", afterMs: 5 }),
  });
  expect(seen.exitCode).toBe(1);
  expect(seen.fleet.starts).toHaveLength(21);
  expect(seen.count("sync", "failed")).toBe(21);
});
