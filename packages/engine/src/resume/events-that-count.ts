import type { RunEvent } from "@roadrunner/core";
import { countingPast, nameKey } from "./retries.ts";

/**
 * A run's events as whoever looks at it now should see them: without what no longer counts since it was resumed, and
 * with one final end of each task at most.
 */
export function eventsThatCount(events: readonly RunEvent[]): readonly RunEvent[] {
  if (!events.some(({ type }) => type === "run.resumed")) return events;
  /** By task: the last attempt that is asked for after the event at hand. */
  const later = new Map<string, number>();
  const seen: RunEvent[] = [];
  for (const event of countingPast(events).events.toReversed()) {
    if (event.type === "task.asked")
      later.set(nameKey(event), Math.max(event.attempt, later.get(nameKey(event)) ?? 0));
    // A stop had made it the last attempt; the resume let another follow.
    const isFollowed = event.type === "task.ended" && event.attempt < (later.get(nameKey(event)) ?? 0);
    seen.push(isFollowed ? { ...event, final: false } : event);
  }
  return seen.reverse();
}
