import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

const zone = (host: string): string => host.split("-")[0] ?? "";

it("one dead zone: its hosts count as unreachable, and the limit on those ends the job at the first one over it", async () => {
  const seen = await play({
    flow: {
      name: "dead zone",
      slots: [
        {
          jobs: [
            {
              name: "patch",
              hosts: "a-[1-30],b-[1-30],c-[1-30]",
              command: "patch",
              success: "50%",
              parallelism: 10,
              tolerate: { unreachable: "10%" },
            },
          ],
        },
      ],
    },
    script: ({ host }) =>
      zone(host) === "b" ? { outcome: "unreachable", reason: "no route" } : { afterMs: 5 },
  });
  expect(seen.exitCode).toBe(1);
  // 10% of 90 is 9: the 10th decides. What was in flight at that moment may add some, at most the window.
  expect(seen.count("patch", "unreachable")).toBeGreaterThanOrEqual(10);
  expect(seen.count("patch", "unreachable")).toBeLessThanOrEqual(19);
  expect(seen.fleet.startsOf("patch").filter((host) => zone(host) === "c")).toEqual([]);
  expect(seen.job("patch")?.reason).toContain("unreachable");
});
