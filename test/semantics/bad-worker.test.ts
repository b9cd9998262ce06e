import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

it("one bad worker among eight: its tasks are submitted again, it is named once, the run succeeds", async () => {
  let faults = 0;
  const seen = await play({
    flow: {
      name: "bad worker",
      slots: [{ jobs: [{ name: "work", hosts: "h[1-200]", command: "work", parallelism: 40 }] }],
    },
    workers: 8,
    places: 5,
    // The bad one fails at once: without care it would eat the run, since it is always free. As rr-worker it stands
    // down after five; one that did not could by chance get the same task four times.
    script: ({ worker }) => {
      if (worker !== "w3") return { afterMs: 30 };
      faults += 1;
      return { outcome: "unreachable", blame: "worker", reason: "no identity", standDown: faults >= 5 };
    },
  });
  expect(seen.exitCode).toBe(0);
  expect(seen.count("work", "ok")).toBe(200);
  expect(seen.warnings.filter((text) => text.includes("w3"))).toHaveLength(1);
});

it("every worker blames itself: the run is interrupted, not failed", async () => {
  const seen = await play({
    flow: {
      name: "bad workers",
      slots: [{ jobs: [{ name: "work", hosts: "h[1-20]", command: "work", parallelism: 5 }] }],
    },
    workers: 2,
    places: 5,
    script: () => ({ outcome: "unreachable", blame: "worker", reason: "no identity" }),
  });
  expect(seen.exitCode).toBe(3);
  expect(seen.events.at(-1)).toMatchObject({ type: "run.interrupted" });
  expect(seen.job("work")).toBeUndefined();
});
