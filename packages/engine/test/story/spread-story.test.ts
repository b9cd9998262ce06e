import { expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import {
  count,
  job as jobWith,
  plan as planWith,
  planOf,
  share,
  slot,
} from "../../../../test/support/plans.ts";
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

it("has the places of the hosts that take part, where earlier jobs left fewer", () => {
  const first = jobWith({ name: "first", hosts });
  const then = jobWith({ name: "job", hosts, spread, success: share(0), onlyIfOk: ["first"] });
  const begin = {
    ...{ type: "run.started", plan: planWith([slot(first), slot(then)]), digest: "", seed: 1 },
    ...{ version: "1", who: "o", where: "b" },
  };
  const ofFirst = (host: string, outcome: string) => ({ ...ended(host, { outcome }), job: "first" });
  const jobStarted = { type: "job.started", slot: 2, job: "job", hosts: 2, need: 0, window: 2, steps: [] };
  const story = new RunStory();
  for (const event of [
    ...[begin, ofFirst("h1", "ok"), ofFirst("h2", "ok"), ofFirst("h3", "failed")],
    ...[jobStarted, { ...started("h1"), slot: 2 }],
  ])
    story.add({ time: "2026-11-24T00:00:00.000Z", run: "r", ...event } as RunEvent);
  const [, second] = story.jobs;
  expect(second === undefined ? [] : fullestValues(second)[0]).toMatchObject({
    value: "r1",
    taken: 1,
    places: 1,
  });
});

it("counts who waits for the next attempt, and who has ended and holds its place", () => {
  const retrying = { type: "task.retrying", ...task("h5"), inMs: 5000, reason: "unreachable" };
  expect(fullest(started("h5"), retrying)[0]).toBe("rack=r2 1/1 +0");
  expect(fullest(started("h5"), ended("h5", { outcome: "failed" }))).toEqual([]);
  const mayRun = { outcome: "unknown", mayBeRunning: true };
  expect(fullest(started("h5"), ended("h5", mayRun))[0]).toBe("rack=r2 1/1 +0");
});
