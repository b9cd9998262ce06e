import { defined, OUTCOMES, type Outcome, type RunEvent } from "@roadrunner/core";
import { RunStory, type StoryOptions } from "../story/index.ts";
import type { RunRow } from "./run-api.ts";

type WaitRow = NonNullable<RunRow["waits"]>[number];

/** What a list says of a run, from its events; `carried`: somebody carries it now. */
export function runRow(events: readonly RunEvent[], carried: boolean): RunRow {
  return rowOf(RunStory.of(events, ROW_STORY), carried);
}

/** Of a story for a row alone. */
export const ROW_STORY: StoryOptions = { details: false, outputs: "none" };

export function rowOf(story: RunStory, carried: boolean): RunRow {
  const { run, name, startedMs, endedMs, verdict } = story;
  const counts: Partial<Record<Outcome, number>> = {};
  // What undoes a job counts for nothing.
  for (const job of story.jobs.filter(({ undoes }) => undoes === undefined))
    for (const outcome of OUTCOMES)
      if (job.counts[outcome] > 0) counts[outcome] = (counts[outcome] ?? 0) + job.counts[outcome];
  return {
    run,
    name,
    state: carried ? "running" : (verdict ?? "open"),
    started: new Date(startedMs).toISOString(),
    durationMs: endedMs - startedMs,
    counts,
    ...waitsOf(story),
    ...defined({ reason: story.reason ?? story.interrupted, signedBy: story.signedBy }),
  };
}

function waitsOf(story: RunStory): Pick<RunRow, "waits"> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const waits = story.jobs.flatMap(({ name, watch }): WaitRow[] => {
    if (watch?.wait === undefined) return [];
    const { kind, sinceMs, untilMs, reason } = watch.wait;
    const until = untilMs === undefined ? undefined : iso(untilMs);
    return [{ job: name, for: kind, since: iso(sinceMs), ...defined({ until, reason }) }];
  });
  const { asks } = story;
  if (asks !== undefined)
    waits.push({ slot: asks.slot, for: "confirm", since: iso(asks.sinceMs), reason: asks.text });
  return waits.length === 0 ? {} : { waits };
}
