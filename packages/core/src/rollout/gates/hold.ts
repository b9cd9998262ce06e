import { defined } from "../../optional-fields.ts";
import { notConfirmed } from "../not-confirmed.ts";
import type { JobRule } from "../state/job-rule.ts";
import type { JobState } from "../state/job-state.ts";
import { announce, type Turn } from "../state/state.ts";
import type { Hold, WatchState } from "../state/watch-state.ts";
import { enter, leave, stopAsking } from "./modes.ts";

/** No further host of the job is taken until a person says go on; those that were submitted go on to their end. */
export function hold(turn: Turn, job: JobState, watch: WatchState, why: Omit<Hold, "after">): void {
  const { reason } = why;
  const after = watch.mode === "watching" ? "watching" : "released";
  stopAsking(turn, watch, "held");
  watch.hold = { ...why, after };
  announce(turn, { type: "jobHeld", ...job.ref, reason });
  const { phase, slot, job: index } = job.ref;
  const text = `job "${job.plan.name}" holds: ${reason}. Go on?`;
  turn.actions.push({ type: "askToConfirm", phase, slot, job: index, text });
}

export function isHeld({ watch }: JobState): boolean {
  return watch?.mode === "held";
}

/** What a person's answer comes to: a no to a job that holds since a gate has failed fails it, to another it is a stop. */
export type Answered = "goesOn" | "stop" | JobRule;

export function answerHold(turn: Turn, job: JobState, goOn: boolean, by?: string): Answered {
  const { watch } = job;
  if (watch?.hold === undefined || watch.mode !== "held") return "goesOn";
  const { reason, failed, after } = watch.hold;
  if (!goOn && !failed) return "stop";
  announce(turn, { type: "jobConfirmed", ...job.ref, goOn, ...defined({ by }) });
  watch.hold = undefined;
  if (!goOn) return { type: "gate", text: `${reason}; ${notConfirmed(by)}` };
  if (after === "released") leave(turn, watch, "released");
  else enter(turn, job, watch, after);
  turn.run.atHosts.look();
  return "goesOn";
}
