import type { GateAnswer, GateRef } from "../machine-events.ts";
import type { JobState } from "../state/job-state.ts";
import { announce, type Turn } from "../state/state.ts";
import type { AskingMode, GateState, WatchMode, WatchState } from "../state/watch-state.ts";

/** Before the first host each gate is asked so often. */
export const ASKS_BEFORE = 3;
/** And no further apart than this. */
const ASKS_BEFORE_EVERY_MS = 5000;
/** What an ask takes beside the question itself: until a worker has it, and until its answer is here. */
const ON_ITS_WAY_MS = 20_000;

/** Whether gates are asked now. */
export function isAsking(mode: WatchMode): mode is AskingMode {
  return mode === "before" || mode === "watching" || mode === "baking";
}

/** Asks a gate, unless an ask is out. In a recorded past nothing is asked: what was is a matter of record. */
export function ask(turn: Turn, job: JobState, gate: GateState): void {
  if (gate.isAsked || turn.run.past) return;
  const ref = refOfGate(job, gate);
  const number = gate.ask + 1;
  setAsked(turn, gate, number);
  const due = turn.run.now + gate.plan.timeoutMs + ON_ITS_WAY_MS;
  setTimer(turn, job, gate, due);
  announce(turn, { type: "gateAsked", gate: ref, ask: number });
  turn.actions.push({ type: "askGate", gate: ref, ask: number });
}

export function setAsked({ run }: Turn, gate: GateState, number: number): void {
  gate.ask = number;
  gate.isAsked = true;
  gate.askedAt = run.now;
}

/** Takes an answer down. */
export function note(turn: Turn, job: JobState, gate: GateState, answer: GateAnswer): void {
  const { ask: number, askedAt } = gate;
  stopTimer(gate);
  gate.isAsked = false;
  gate.answers += 1;
  gate.last = { answer, ask: number };
  if (answer.kind === "pass") gate.fails = 0;
  if (answer.kind === "fail") gate.fails += 1;
  gate.inconclusiveSince = answer.kind === "inconclusive" ? (gate.inconclusiveSince ?? askedAt) : undefined;
  announce(turn, { type: "gateAnswered", gate: refOfGate(job, gate), ask: number, answer });
}

/** Has a gate that has answered asked again when it is time, which may be now. */
export function askAgain(turn: Turn, job: JobState, watch: WatchState, gate: GateState): void {
  if (turn.run.past) return;
  const due = gate.askedAt + untilNextMs(watch, gate);
  if (due <= turn.run.now) ask(turn, job, gate);
  else setTimer(turn, job, gate, due);
}

function untilNextMs({ mode }: WatchState, { plan, ask: number, freshFrom }: GateState): number {
  if (mode === "before") return Math.min(plan.everyMs, ASKS_BEFORE_EVERY_MS);
  // It says nothing of the bake that has begun since.
  if (mode === "baking" && number < freshFrom) return 0;
  return plan.everyMs;
}

/** Its time is up: to ask again, or the time for an answer. */
export function gateTimeIsUp(turn: Turn, job: JobState, gate: GateState): GateAnswer | undefined {
  gate.timer = undefined;
  if (gate.isAsked) {
    const seconds = Math.round((turn.run.now - gate.askedAt) / 1000);
    return { kind: "inconclusive", text: `no worker has answered within ${seconds} s` };
  }
  ask(turn, job, gate);
  return undefined;
}

/** What the answers of an earlier mode said counts no more; an ask that is out is forgotten. */
export function forget(gate: GateState): void {
  stopTimer(gate);
  gate.isAsked = false;
  gate.answers = 0;
  gate.fails = 0;
  gate.inconclusiveSince = undefined;
}

export function refOfGate({ ref }: JobState, { index }: GateState): GateRef {
  return { ...ref, gate: index };
}

function setTimer({ run }: Turn, job: JobState, gate: GateState, at: number): void {
  stopTimer(gate);
  gate.timer = run.timers.add(at, { type: "gate", job: job.ref.job, gate: gate.index });
}

function stopTimer(gate: GateState): void {
  if (gate.timer !== undefined) gate.timer.cancelled = true;
  gate.timer = undefined;
}
