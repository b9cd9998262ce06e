import { expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { planOf } from "../../../../test/support/plans.ts";
import { RunStory } from "../../src/story/run-story.ts";

const plan = planOf({ name: "j", hosts: 3 });
const by = { version: "1", who: "ops", where: "box" };
const task = (host: string) => ({ slot: 1, job: "j", host, attempt: 1 });

/** Each a second after the one before. */
function timed(...events: readonly object[]): RunEvent[] {
  return events.map((event, second) => {
    const time = new Date(Date.UTC(2026, 10, 24) + 1000 * second).toISOString();
    return { time, run: "r", ...event } as RunEvent;
  });
}

const left = timed(
  { type: "run.started", plan, digest: "", seed: 1, ...by },
  { type: "slot.started", slot: 1 },
  { type: "job.started", slot: 1, job: "j", hosts: 3, need: 3, window: 3, steps: [] },
  { type: "task.started", ...task("h1"), worker: "w" },
  { type: "task.started", ...task("h2"), worker: "w" },
  { type: "task.ended", ...task("h2"), outcome: "ok", final: true, durationMs: 900, stdout: "done\n" },
  { type: "run.interrupted", reason: "no worker" },
);
const goneOn = [...left, ...timed(...left, { type: "run.resumed", ...by }).slice(-1)];

it("knows what runs, and after a resume what had started and was not heard of since", () => {
  const [before] = RunStory.of(left).jobs;
  expect([...(before?.running.keys() ?? [])]).toEqual(["h1"]);
  const story = RunStory.of(goneOn);
  expect(story).toMatchObject({ interrupted: undefined, verdict: undefined, resumed: 1 });
  expect([...(story.jobs[0]?.running.keys() ?? [])]).toEqual([]);
  expect([...(story.jobs[0]?.open ?? [])]).toEqual(["h1"]);
});

it("knows who vouches for the run now", () => {
  const signed = (signedBy?: string) => (signedBy === undefined ? {} : { signedBy });
  const of = (first?: string, second?: string) => {
    const resumed = { type: "run.resumed", ...by, ...signed(second) };
    return RunStory.of(timed({ ...left[0], ...signed(first) }, resumed)).signedBy;
  };
  expect([of("alice"), of("alice", "bob"), of()]).toEqual([undefined, "bob", undefined]);
  expect(RunStory.of(timed({ ...left[0], signedBy: "alice" })).signedBy).toBe("alice");
});

it("takes an end back where the host is started again", () => {
  const again = timed(...goneOn, { type: "task.started", ...task("h2"), attempt: 2 }).slice(-1);
  const [job] = RunStory.of([...goneOn, ...again]).jobs;
  expect(job?.counts.ok).toBe(0);
  expect(job?.ended.size).toBe(0);
});

it("tells each task and what befell the run in a report, and only numbers and outputs while it goes on", () => {
  const whole = RunStory.of(goneOn);
  expect(whole.jobs[0]?.tasks.get("h2")).toMatchObject({ outcome: "ok", durationMs: 900, worker: "w" });
  expect(whole.notes.map(({ type }) => type)).toEqual(["run.interrupted", "run.resumed"]);
  const live = RunStory.live("all");
  for (const event of goneOn) live.add(event);
  expect(live.jobs[0]?.tasks.size).toBe(0);
  expect(live.notes).toEqual([]);
  expect(live.jobs[0]?.counts).toEqual(whole.jobs[0]?.counts);
  expect(live.jobs[0]?.groups.sorted()).toEqual(whole.jobs[0]?.groups.sorted());
});

it("gathers outputs of failures alone, or none, where only those are wanted", () => {
  for (const outputs of ["failures", "none"] as const)
    expect(RunStory.of(left, { details: false, outputs }).jobs[0]?.groups.sorted()).toEqual([]);
});
