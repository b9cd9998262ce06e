import { stageIndexOf, type RunEvent } from "@roadrunner/core";
import { jobsOf } from "./jobs-of.ts";
import { hostKey } from "./names.ts";

/** By their place among the events: ends of stages behind which their host was asked for a later one. */
export function passedEnds(events: readonly RunEvent[]): ReadonlySet<number> {
  const jobOf = jobsOf(events);
  const passed = new Set<number>();
  /** By host: the last of its stages that is asked for behind the event at hand. */
  const last = new Map<string, number>();
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const event = events[index];
    if ((event?.type !== "task.asked" && event?.type !== "task.ended") || event.stage === undefined) continue;
    const stage = stageIndexOf(jobOf(event)?.stages ?? [], event);
    const later = last.get(hostKey(event)) ?? -1;
    if (event.type === "task.asked") last.set(hostKey(event), Math.max(stage, later));
    else if (later > stage) passed.add(index);
  }
  return passed;
}
