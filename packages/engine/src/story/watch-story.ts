import { defined, type GatePlan, type RunEvent } from "@roadrunner/core";
import {
  answersSincePass,
  forgetAnswers,
  newGate,
  tellAnswer,
  type GateAnswered,
  type GateStanding,
} from "./gate-story.ts";

/** Before its first host a job asks each gate so often. */
export const ASKS_BEFORE = 3;
/** So many waits that are over are kept; the sums are of all. */
const LAST_WAITS = 50;

/** For what a job waits that is no host: its gates before the first one, a bake, a person. */
export type WaitKind = "before" | "bake" | "hold";

/** What a gate said that led to a hold or a failure. */
export interface Evidence {
  readonly gate: string;
  readonly answers: readonly GateAnswered[];
}

/** Times are milliseconds of the client's clock. */
export interface WaitStory {
  readonly kind: WaitKind;
  readonly sinceMs: number;
  /** Of a bake: its end, if all gates have passed by then. */
  readonly untilMs?: number;
  /** The step that has ended before; absent: there are none. */
  readonly step?: number;
  /** Why it holds, and what the gates said that are not well. */
  readonly reason?: string;
  readonly evidence?: readonly Evidence[];
  endedMs?: number;
  /** Of a hold: what the person said; absent: nobody has. */
  goOn?: boolean;
  /** Who that was. */
  by?: string;
}

/** How a job's gates stand, and what it waits for. */
export interface WatchStory {
  readonly gates: ReadonlyMap<string, GateStanding>;
  /** Now. */
  wait?: WaitStory;
  /** The last ones that are over, and all of them in numbers. */
  readonly past: WaitStory[];
  readonly sums: Record<WaitKind, { times: number; ms: number }>;
  /** No host has been asked for. */
  isBefore: boolean;
  /** The gates that made the job fail. */
  failed?: readonly Evidence[] | undefined;
}

/** Of a job that has ended or not, at this step. */
export interface Watched {
  watch?: WatchStory;
  readonly step: number;
}

export function newWatch(gates: readonly GatePlan[] = []): WatchStory {
  return {
    gates: new Map(gates.map((gate) => [gate.name, newGate(gate)])),
    past: [],
    sums: { before: { times: 0, ms: 0 }, bake: { times: 0, ms: 0 }, hold: { times: 0, ms: 0 } },
    isBefore: false,
  };
}

export function tellWatch(job: Watched, event: Extract<RunEvent, { job: string }>, atMs: number): void {
  const { watch } = job;
  switch (event.type) {
    case "job.started":
      if (watch === undefined) return;
      delete watch.failed;
      beginBefore(watch, atMs);
      return;
    case "step.started":
      // Steps of hosts whose end a resume knows go by while the gates before the first host are asked.
      if (watch?.wait?.kind === "bake") endWait(watch, atMs);
      return;
    case "task.asked":
    case "task.started":
      if (watch === undefined) return;
      watch.isBefore = false;
      if (watch.wait?.kind === "before") endWait(watch, atMs);
      return;
    case "task.ended":
      // The job is decided (a deadline, failFast, a stop): nobody has to say go on for hosts that are on their way.
      if (watch !== undefined && event.final && event.outcome === "skipped") endWait(watch, atMs);
      return;
    case "gate.asked": {
      const gate = watch?.gates.get(event.gate);
      if (gate !== undefined) gate.askedMs = atMs;
      return;
    }
    case "gate.answered": {
      const gate = watch?.gates.get(event.gate);
      if (gate !== undefined) tellAnswer(gate, event, atMs);
      return;
    }
    case "job.baking": {
      const baking = (job.watch ??= newWatch());
      baking.isBefore = false;
      beginWait(baking, {
        ...{ kind: "bake", sinceMs: atMs, untilMs: atMs + event.bakeMs },
        ...(job.step === 0 ? {} : { step: job.step }),
      });
      return;
    }
    case "job.held": {
      const held = (job.watch ??= newWatch());
      const { reason } = event;
      beginWait(held, { kind: "hold", sinceMs: atMs, reason, evidence: notWell(held) });
      return;
    }
    case "job.confirmed":
      if (watch?.wait?.kind === "hold")
        Object.assign(watch.wait, defined({ goOn: event.goOn, by: event.by }));
      if (watch === undefined) return;
      endWait(watch, atMs);
      if (event.goOn) for (const gate of watch.gates.values()) forgetAnswers(gate);
      return;
    case "job.ended":
      if (watch === undefined) return;
      if (event.verdict === "failed") watch.failed = brokenBy(watch);
      watch.isBefore = false;
      endWait(watch, atMs);
      return;
    default:
      return;
  }
}

/** Nobody carries the run: nothing is asked, and a bake begins anew when it is gone on with. What holds goes on to hold. */
export function leaveWatch({ watch }: Watched, atMs: number): void {
  if (watch !== undefined && watch.wait?.kind !== "hold") endWait(watch, atMs);
}

/** The run is gone on with. */
export function resumeWatch({ watch }: Watched, atMs: number): void {
  if (watch === undefined) return;
  if (watch.isBefore && watch.wait === undefined) beginBefore(watch, atMs);
  else if (watch.wait === undefined) for (const gate of watch.gates.values()) forgetAnswers(gate);
}

/** The job is stopped: it waits for nothing but its hosts. */
export function stopWatch({ watch }: Watched, atMs: number): void {
  if (watch === undefined) return;
  watch.isBefore = false;
  endWait(watch, atMs);
}

/** So many fails in a row, and the gate has failed. */
export function mostFails({ plan: { failures } }: GateStanding, isBefore: boolean): number {
  return isBefore ? Math.min(failures, ASKS_BEFORE) : failures;
}

/** How often all gates have been asked before the first host. */
export function askedBefore({ gates }: WatchStory): number {
  return Math.min(ASKS_BEFORE, ...Array.from(gates.values(), ({ answers }) => answers));
}

/** Gates that the job waits for: they have not passed since it did so. */
export function notPassed({ gates, wait }: WatchStory): readonly GateStanding[] {
  return [...gates.values()].filter(({ last }) => {
    const answer = last.at(-1);
    return answer?.kind !== "pass" || answer.atMs < (wait?.sinceMs ?? 0);
  });
}

function beginBefore(watch: WatchStory, atMs: number): void {
  if (watch.gates.size === 0) return;
  watch.isBefore = true;
  for (const gate of watch.gates.values()) forgetAnswers(gate);
  beginWait(watch, { kind: "before", sinceMs: atMs });
}

function beginWait(watch: WatchStory, wait: WaitStory): void {
  endWait(watch, wait.sinceMs);
  watch.wait = wait;
}

function endWait(watch: WatchStory, atMs: number): void {
  const { wait, past, sums } = watch;
  if (wait === undefined) return;
  delete watch.wait;
  past.push({ ...wait, endedMs: atMs });
  if (past.length > LAST_WAITS) past.shift();
  sums[wait.kind].times += 1;
  sums[wait.kind].ms += atMs - wait.sinceMs;
}

function notWell({ gates }: WatchStory): readonly Evidence[] {
  return evidenceOf([...gates.values()].filter(({ last }) => (last.at(-1)?.kind ?? "pass") !== "pass"));
}

/** Failed so often in a row as it may not. */
function brokenBy({ gates, isBefore }: WatchStory): readonly Evidence[] | undefined {
  const broken = [...gates.values()].filter((gate) => gate.fails >= mostFails(gate, isBefore));
  return broken.length === 0 ? undefined : evidenceOf(broken);
}

function evidenceOf(gates: readonly GateStanding[]): readonly Evidence[] {
  return gates.map((gate) => ({ gate: gate.name, answers: answersSincePass(gate) }));
}
