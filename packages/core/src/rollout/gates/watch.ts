import type { GateAnswer } from "../machine-events.ts";
import type { JobRule } from "../state/job-rule.ts";
import type { JobState } from "../state/job-state.ts";
import type { Turn } from "../state/state.ts";
import type { GateState, WatchState } from "../state/watch-state.ts";
import { askAgain, ASKS_BEFORE, forget, gateTimeIsUp, isAsking, note, setAsked } from "./asking.ts";
import { hold } from "./hold.ts";
import { enter, leave, stopAsking } from "./modes.ts";

/** Gates that say neither yes nor no for so long beside the bake hold the job. */
const NO_ANSWER_MS = 600_000;

/** Why the job has failed, where an answer says so. */
export type Failed = JobRule | undefined;

/** Whether a host may start now. The first time the gates are asked, and again after each step. */
export function gatesLetStart(turn: Turn, job: JobState): boolean {
  const { watch } = job;
  if (watch === undefined) return true;
  switch (watch.mode) {
    case "watching":
      return true;
    case "idle":
      enter(turn, job, watch, "before");
      return false;
    case "before":
      if (!watch.gates.every(({ answers }) => answers >= ASKS_BEFORE) || !allPassed(watch)) return false;
      leave(turn, watch, "watching");
      return true;
    case "baking":
      if (!hasBaked(turn, job, watch)) return false;
      leave(turn, watch, "watching");
      return true;
    case "released":
      enter(turn, job, watch, "watching");
      return true;
    case "held":
    case "over":
      return false;
  }
}

/** Whether the job, all of whose hosts have ended, may end. */
export function gatesLetEnd(turn: Turn, job: JobState): boolean {
  const { watch } = job;
  if (watch === undefined || job.mode !== "running") return true;
  // All hosts were known from before, and the gates may be what had failed then: they are asked anew.
  if (watch.mode === "idle" && job.hosts.length > 0) enter(turn, job, watch, "baking");
  bake(turn, job);
  if (watch.mode === "baking") return hasBaked(turn, job, watch);
  return watch.mode !== "held";
}

/** All hosts of a step, or of the job, have ended: from here on the gates have to pass anew. */
export function bake(turn: Turn, job: JobState): void {
  const { watch } = job;
  // Of a step all of whose hosts were known before nothing has changed that the gates could see.
  if (watch?.mode === "watching") enter(turn, job, watch, "baking");
  if (watch?.hold?.after === "watching") watch.hold = { ...watch.hold, after: "baking" };
}

/** Nothing is asked any more. */
export function endWatch(turn: Turn, { watch }: JobState): void {
  if (watch !== undefined) stopAsking(turn, watch, "over");
}

/** Time in which nobody carried the run is no time in which the gates were watched. */
export function stopWatchTimers({ watch }: JobState): void {
  if (watch === undefined) return;
  if (watch.timer !== undefined) watch.timer.cancelled = true;
  for (const gate of watch.gates) forget(gate);
}

/** Nobody watched while nobody carried the run: what is asked is asked anew, and a bake begins anew. */
export function watchAnew(turn: Turn, job: JobState): void {
  const { watch } = job;
  if (watch !== undefined && isAsking(watch.mode)) enter(turn, job, watch, watch.mode);
}

/** For a recorded past: this ask had been made. */
export function askedBefore(turn: Turn, job: JobState, index: number, number: number): void {
  const gate = job.watch?.gates[index];
  if (gate !== undefined) setAsked(turn, gate, number);
}

/** @returns the rule that the answer has broken */
export function takeAnswer(
  turn: Turn,
  job: JobState,
  index: number,
  number: number,
  answer: GateAnswer,
): Failed {
  const gate = job.watch?.gates[index];
  if (job.watch === undefined || gate === undefined || !gate.isAsked || gate.ask !== number) return undefined;
  if (!isAsking(job.watch.mode)) return undefined;
  note(turn, job, gate, answer);
  return judge(turn, job, job.watch, gate);
}

/** After an answer was taken, and what follows from it was done: the gate is asked again when it is time. */
export function keepAsking(turn: Turn, job: JobState, index: number): void {
  const { watch } = job;
  const gate = watch?.gates[index];
  if (watch === undefined || gate === undefined || !isAsking(watch.mode)) return;
  if (!gate.isAsked && gate.timer === undefined) askAgain(turn, job, watch, gate);
}

/** @returns the rule that was broken: no answer in time is an answer */
export function gateTimer(turn: Turn, job: JobState, index: number): Failed {
  const gate = job.watch?.gates[index];
  if (job.watch === undefined || gate === undefined) return undefined;
  const answer = gateTimeIsUp(turn, job, gate);
  return answer === undefined ? undefined : takeAnswer(turn, job, index, gate.ask, answer);
}

function judge(turn: Turn, job: JobState, watch: WatchState, gate: GateState): Failed {
  const before = watch.mode === "before";
  if (gate.fails >= (before ? Math.min(gate.plan.failures, ASKS_BEFORE) : gate.plan.failures)) {
    const text = failText(gate, before);
    if (job.plan.onGateFail === undefined) return { type: "gate", text };
    hold(turn, job, watch, { reason: text, failed: true });
    return undefined;
  }
  const open = whyHold(turn, job, watch);
  if (open !== undefined) hold(turn, job, watch, { reason: open, failed: false });
  return undefined;
}

/** The gates have said neither yes nor no for too long. */
function whyHold({ run }: Turn, { plan }: JobState, { mode, since, gates }: WatchState): string | undefined {
  const mostMs = (plan.bakeMs ?? 0) + NO_ANSWER_MS;
  if (mode === "before") {
    if (!gates.every(({ answers }) => answers >= ASKS_BEFORE)) return undefined;
    const unsure = gates.find((gate) => gate.last?.answer.kind === "inconclusive");
    if (unsure !== undefined) return unsureText(unsure);
    return run.now - since < mostMs ? undefined : neverText(gates);
  }
  if (mode === "baking") {
    if (run.now - since < mostMs || gates.every((gate) => isFresh(gate) && passed(gate))) return undefined;
    const unsure = gates.find((gate) => gate.last?.answer.kind === "inconclusive");
    return unsure === undefined ? neverText(gates) : unsureText(unsure);
  }
  const unsure = gates.find(
    ({ inconclusiveSince }) => inconclusiveSince !== undefined && run.now - inconclusiveSince >= mostMs,
  );
  return unsure === undefined ? undefined : unsureText(unsure);
}

function hasBaked({ run }: Turn, { plan }: JobState, watch: WatchState): boolean {
  return run.now - watch.since >= (plan.bakeMs ?? 0) && allPassed(watch);
}

/** Of a mode that is due: an ask that is out by then says more than the answers before it, so it is waited for. */
function allPassed(watch: WatchState): boolean {
  if (!watch.isDue)
    for (const gate of watch.gates) if (gate.isAsked) gate.freshFrom = Math.max(gate.ask, gate.freshFrom);
  watch.isDue = true;
  return watch.gates.every((gate) => isFresh(gate) && passed(gate));
}

/** Its last answer is one that counts. */
function isFresh({ last, freshFrom }: GateState): boolean {
  return last !== undefined && last.ask >= freshFrom;
}

function passed({ last }: GateState): boolean {
  return last?.answer.kind === "pass";
}

function failText({ plan, fails, last }: GateState, before: boolean): string {
  const when = before ? " before the job began" : "";
  const often = fails === 1 ? "" : ` (${fails} in a row)`;
  return `gate ${plan.name} failed${when}: ${last?.answer.text ?? ""}${often}`;
}

function unsureText({ plan, last }: GateState): string {
  return `gate ${plan.name} is inconclusive: ${last?.answer.text ?? ""}`;
}

function neverText(gates: readonly GateState[]): string {
  const failing = gates.find((gate) => !passed(gate)) ?? gates[0];
  return `the gates did not all pass; gate ${failing?.plan.name ?? ""} last: ${failing?.last?.answer.text ?? ""}`;
}
