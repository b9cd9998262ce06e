import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

it("flapping hosts with retries: each is tried until it answers, and counts once", async () => {
  const seen = await play({
    flow: {
      name: "flapping hosts",
      slots: [
        {
          jobs: [
            {
              name: "ping",
              hosts: "h[1-40]",
              command: "ping",
              retries: 3,
              retryDelay: "10ms",
              parallelism: 20,
            },
          ],
        },
      ],
    },
    // Every fourth host answers only at its third attempt.
    script: ({ host, attempt }) =>
      Number(host.slice(1)) % 4 === 0 && attempt < 3 ? { outcome: "unreachable", reason: "refused" } : {},
  });
  expect(seen.exitCode).toBe(0);
  expect(seen.count("ping", "ok")).toBe(40);
  expect(seen.fleet.starts).toHaveLength(40 + 2 * 10);
  expect(seen.events.filter((event) => event.type === "task.retrying")).toHaveLength(20);
});
