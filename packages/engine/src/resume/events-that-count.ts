import type { Outcome, RunEvent } from "@roadrunner/core";
import { countingPast, pastToResume } from "./counting-past.ts";
import { nameKey } from "./names.ts";

/**
 * A run's events as whoever looks at it now should see them: without what no longer counts since it was resumed, and
 * with one final end of each task at most.
 */
export function eventsThatCount(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.some(({ type }) => type === "run.resumed") ? withOneEnd(countingPast(events).events) : events;
}

/** Those that still count if the run is resumed now; with `retry`, hosts with these outcomes are taken again. */
export function eventsToGoOnWith(
  events: readonly RunEvent[],
  retry?: readonly Outcome[],
): readonly RunEvent[] {
  return withOneEnd(pastToResume(events, retry).events);
}

function withOneEnd(events: readonly RunEvent[]): readonly RunEvent[] {
  /** By task: the last attempt that is asked for after the event at hand. */
  const later = new Map<string, number>();
  const seen: RunEvent[] = [];
  for (const event of events.toReversed()) {
    if (event.type === "task.asked")
      later.set(nameKey(event), Math.max(event.attempt, later.get(nameKey(event)) ?? 0));
    // A stop had made it the last attempt; the resume let another follow.
    const isFollowed = event.type === "task.ended" && event.attempt < (later.get(nameKey(event)) ?? 0);
    seen.push(isFollowed ? { ...event, final: false } : event);
  }
  return seen.reverse();
}
