import { interrupt } from "./interrupt.ts";
import { failJob, stopJob } from "./jobs/job.ts";
import type { RolloutEvent } from "./machine-events.ts";
import { notConfirmed } from "./not-confirmed.ts";
import { proceedInSlot } from "./slots/slots.ts";
import type { JobState } from "./state/job-state.ts";
import type { Turn } from "./state/state.ts";
import { isSettingOut, type TaskState } from "./state/task-state.ts";
import { requestStop } from "./stop.ts";
import { answerHold, isHeld } from "./gates/hold.ts";
import { askedBefore, gateTimer, keepAsking, takeAnswer, type Failed } from "./gates/watch.ts";

export function takeGateEvent(
  turn: Turn,
  event: Extract<RolloutEvent, { type: "gateAsked" | "gateAnswered" }>,
): void {
  const { run } = turn;
  const { phase, slot, job: index, gate } = event.gate;
  const job = phase === run.phase && slot === run.slot ? run.jobs[index] : undefined;
  if (job === undefined || run.mode !== "running") return;
  if (event.type === "gateAsked") {
    if (run.past) askedBefore(turn, job, gate, event.ask);
    return;
  }
  goOnAfter(turn, job, gate, takeAnswer(turn, job, gate, event.ask, event.answer));
}

/** It is time to ask again, or the time for an answer is up. */
export function takeGateTimer(turn: Turn, job: JobState, gate: number): void {
  goOnAfter(turn, job, gate, gateTimer(turn, job, gate));
}

/** The gate is asked again only when the job has done what it can: an ask that is out keeps it from going on. */
function goOnAfter(turn: Turn, job: JobState, gate: number, failed: Failed): void {
  if (failed !== undefined) failJob(turn, job, failed);
  proceedInSlot(turn, job);
  keepAsking(turn, job, gate);
}

/** A person has said whether a job that holds goes on. */
export function takeConfirmed(turn: Turn, event: Extract<RolloutEvent, { type: "confirmed" }>): void {
  const { run } = turn;
  const isHere = (event.phase ?? run.phase) === run.phase && (event.slot ?? run.slot) === run.slot;
  const job = isHere ? run.jobs[event.job ?? -1] : undefined;
  if (job === undefined || run.mode !== "running") return;
  const answered = answerHold(turn, job, event.goOn !== false, event.by);
  if (answered === "stop") {
    const reason = notConfirmed(event.by);
    requestStop(turn, "drain", reason);
    // What runs finally goes on through a stop.
    stopJob(turn, job, reason);
  } else if (answered !== "goesOn") failJob(turn, job, answered);
  proceedInSlot(turn, job);
}

/** Whoever goes on with the run is asked the same: until then nothing is left to do, and nothing to wait for. */
export function leaveIfNobodyConfirms(turn: Turn): void {
  const { run } = turn;
  if (!run.nobodyConfirms || run.mode !== "running" || run.past) return;
  const open = run.jobs.filter((job) => job.mode !== "ended");
  if (!open.every((job) => isHeld(job) && [...job.inFlight.values()].every(isHeldBack))) return;
  const [first] = open;
  if (first === undefined) return;
  interrupt(
    turn,
    `job "${first.plan.name}" holds, and nobody is here to confirm: ${first.watch?.hold?.reason ?? ""}`,
  );
}

/** It waits for a place where its first stage runs, which it gets when its job goes on. */
function isHeldBack(task: TaskState): boolean {
  return task.mode === "queued" && isSettingOut(task);
}
