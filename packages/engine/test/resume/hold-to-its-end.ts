import { expect } from "vitest";
import type { Outcome, RunEvent, RunPlan } from "@roadrunner/core";
import { eventsThatCount } from "../../src/resume/events-that-count.ts";
import { replay } from "../../src/resume/replay.ts";
import { RunStory } from "../../src/story/run-story.ts";
import { finals, undosOf } from "./legs.ts";

/** What views and reports are made of must come to what the journal's end says. */
export function holdToItsEnd(journal: readonly RunEvent[], what: RunPlan): void {
  const seen = eventsThatCount(journal);
  const end = seen.at(-1);
  if (end?.type !== "run.ended") throw new Error("the journal has no end");
  const told = finals(seen, what);
  expect(told).toEqual(end.counts);
  const names = seen.flatMap((event) =>
    event.type === "task.ended" && event.final
      ? [`${event.job} ${event.host} ${event.stage ?? ""} ${(event.stage && event.at) ?? ""}`]
      : [],
  );
  expect(names.length).toBe(new Set(names).size);
  const undos = undosOf(what);
  const record = RunStory.of(seen);
  expect(record.verdict).toBe(end.verdict);
  const outcomes = record.jobs
    .filter(({ name }) => !undos.has(name))
    .flatMap(({ tasks }) => [...tasks.values()].map(({ outcome }) => outcome));
  for (const [outcome, count] of Object.entries(end.counts))
    expect([outcome, outcomes.filter((one) => one === outcome).length]).toEqual([outcome, count]);
  for (const one of record.jobs) if (one.verdict !== undefined) expect(one.tasks.size).toBe(one.hosts);
  // Who has looked on all the time saw the stops and resumes as they came; it comes to the same.
  const attached = RunStory.of(journal, { details: false, outputs: "none" });
  expect(attached.verdict).toBe(end.verdict);
  for (const [outcome, count] of Object.entries(end.counts)) {
    const sum = attached.jobs
      .filter(({ name }) => !undos.has(name))
      .reduce((so, { counts }) => so + counts[outcome as Outcome], 0);
    expect([outcome, sum]).toEqual([outcome, count]);
  }
  const again = replay(what, journal, { seed: 7 });
  if (!journal.slice(lastResume(journal)).some(({ type }) => type === "run.stopping"))
    expect(again).toMatchObject({ open: [], ended: { verdict: end.verdict } });
}

const lastResume = (journal: readonly RunEvent[]): number =>
  Math.max(
    0,
    journal.findLastIndex(({ type }) => type === "run.resumed"),
  );
