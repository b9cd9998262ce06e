import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

it("canary, then ramp: 1, then 10%, then half by half, each step only when the one before has passed", async () => {
  const seen = await play({
    flow: {
      name: "canary then ramp",
      slots: [
        { jobs: [{ name: "deploy", hosts: "h[1-100]", command: "deploy", parallelism: [1, "10%", "50%"] }] },
      ],
    },
    script: () => ({ afterMs: 10 }),
  });
  expect(seen.exitCode).toBe(0);
  const steps = seen.events.flatMap((event) => (event.type === "step.started" ? [event.hosts] : []));
  expect(steps).toEqual([1, 10, 50, 39]);
  const starts = seen.fleet.startsOf("deploy");
  expect(starts[0]).toBe("h1");
  expect(new Set(starts.slice(1, 11))).toEqual(
    new Set(Array.from({ length: 10 }, (_, index) => `h${index + 2}`)),
  );
});
