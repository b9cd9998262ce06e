import type { JobState } from "../state/job-state.ts";
import { announce, type Turn } from "../state/state.ts";
import type { AskingMode, WatchMode, WatchState } from "../state/watch-state.ts";
import { ask, forget } from "./asking.ts";

/** Enters a mode in which gates are asked, and asks them all. */
export function enter(turn: Turn, job: JobState, watch: WatchState, mode: AskingMode): void {
  const { run } = turn;
  // A bake goes on with what was seen in its step: a fail then and a fail now are two in a row.
  const isSeenOn = watch.mode === "watching" && mode === "baking";
  leave(turn, watch, mode);
  if (!isSeenOn) for (const gate of watch.gates) forget(gate);
  for (const gate of watch.gates) gate.freshFrom = gate.ask + 1;
  if (mode === "baking") {
    const { bakeMs = 0 } = job.plan;
    announce(turn, { type: "jobBaking", ...job.ref, bakeMs });
    watch.timer = run.timers.add(run.now + bakeMs, { type: "bake", job: job.ref.job });
  }
  for (const gate of watch.gates) ask(turn, job, gate);
}

/** Leaves a mode for another; what the gates have said stays. */
export function leave({ run }: Turn, watch: WatchState, mode: WatchMode): void {
  if (watch.timer !== undefined) watch.timer.cancelled = true;
  watch.timer = undefined;
  watch.isDue = false;
  watch.mode = mode;
  watch.since = run.now;
}

/** Leaves it for a mode in which nothing is asked. */
export function stopAsking(turn: Turn, watch: WatchState, mode: "held" | "released" | "over"): void {
  leave(turn, watch, mode);
  for (const gate of watch.gates) forget(gate);
}
