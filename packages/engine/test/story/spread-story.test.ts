import { expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { count, planOf, share } from "../../../../test/support/plans.ts";
import { RunStory } from "../../src/story/run-story.ts";
import { fullestValues } from "../../src/story/spread-story.ts";

const hosts = ["r1", "r1", "r1", "r1", "r2", "r2"].map((rack, index) => ({
  name: `h${index + 1}`,
  labels: { rack, zone: "eu" },
}));
const spread = [
  { label: "rack", most: share(50) },
  { label: "zone", most: count(5) },
];
const task = (host: string) => ({ slot: 1, job: "job", host, attempt: 1 });
const started = (host: string) => ({ type: "task.started", ...task(host), worker: "w" });
const ended = (host: string, end: object) => ({ type: "task.ended", ...task(host), final: true, ...end });

function fullest(...events: readonly object[]) {
  const plan = planOf({ hosts, spread, success: share(0) });
  const begin = { type: "run.started", plan, digest: "", seed: 1, version: "1", who: "o", where: "b" };
  const whole = [begin, ...events].map(
    (event) => ({ time: "2026-11-24T00:00:00.000Z", run: "r", ...event }) as RunEvent,
  );
  const [job] = RunStory.of(whole).jobs;
  if (job === undefined) throw new Error("no job");
  return fullestValues(job).map(
    ({ label, value, taken, places, others }) => `${label}=${value} ${taken}/${places} +${others}`,
  );
}

it("tells the fullest value of each label by its own places", () => {
  expect(fullest()).toEqual([]);
  expect(fullest(started("h1"))).toEqual(["rack=r1 1/2 +0", "zone=eu 1/5 +0"]);
  expect(fullest(started("h1"), started("h5"))).toEqual(["rack=r2 1/1 +0", "zone=eu 2/5 +0"]);
  expect(fullest(started("h5"), started("h1"), started("h2"))).toEqual(["rack=r2 1/1 +1", "zone=eu 3/5 +0"]);
});

it("counts who waits for the next attempt, and who has ended and holds its place", () => {
  const retrying = { type: "task.retrying", ...task("h5"), inMs: 5000, reason: "unreachable" };
  expect(fullest(started("h5"), retrying)[0]).toBe("rack=r2 1/1 +0");
  expect(fullest(started("h5"), ended("h5", { outcome: "failed" }))).toEqual([]);
  const mayRun = { outcome: "unknown", mayBeRunning: true };
  expect(fullest(started("h5"), ended("h5", mayRun))[0]).toBe("rack=r2 1/1 +0");
});
