import type { TaskEnd } from "../work/end.ts";
import type { Outcome } from "../work/outcome.ts";
import type { RunPlan } from "../rollout/plan/plan.ts";
import type { OutcomeCounts, Verdict } from "../rollout/verdict.ts";
import type { TaskReport } from "./report.ts";

/**
 * What happens in a run, as a list: the journal, the screen, `--output ndjson` and every report are made
 * from it and from nothing else. `time` is the client's clock, ISO 8601 with milliseconds, never going back.
 */
export type RunEvent = EventHead &
  (
    | RunStarted
    | RunResumed
    | RunStopping
    | RunInterrupted
    | RunEnded
    | SlotStarted
    | SlotEnded
    | JobStarted
    | JobEnded
    | StepStarted
    | StepEnded
    | GateAsked
    | GateAnswered
    | JobBaking
    | JobHeld
    | JobConfirmed
    | TaskAsked
    | TaskStarted
    | TaskOutput
    | TaskLost
    | TaskRetrying
    | TaskEnded
    | Warning
  );

export interface EventHead {
  readonly time: string;
  readonly run: string;
}

/** The finally slots count on after the slots: of two slots and one finally slot, the latter is slot 3. */
interface InSlot {
  readonly slot: number;
}
interface InJob extends InSlot {
  readonly job: string;
}
/**
 * With `stage` a stage of the host's way; in a job with stages an end without it is the end of the whole way. `at` is where
 * it runs, if not on `host`; of a whole way where that stage ran that decided it.
 */
interface OfTask extends InJob {
  readonly host: string;
  readonly stage?: string;
  readonly at?: string;
  readonly attempt: number;
}

interface Ending {
  readonly verdict: Verdict;
  readonly counts: OutcomeCounts;
  readonly reason?: string;
}

export interface RunStarted {
  readonly type: "run.started";
  readonly version: string;
  readonly plan: RunPlan;
  /** SHA-256 of the plan's JSON text, hex. */
  readonly digest: string;
  /** The flow file as it was named, and the SHA-256 of its bytes, hex. */
  readonly file?: string;
  readonly fileDigest?: string;
  readonly who: string;
  readonly where: string;
  /** The key or certificate that vouches for the run, where one does, and as whom. */
  readonly signedBy?: string;
  /** Seeds the jitter of retries. */
  readonly seed: number;
}
export interface RunResumed {
  readonly type: "run.resumed";
  /** Hosts of the first slot that did not succeed that are taken again: those with these outcomes. */
  readonly retry?: readonly Outcome[];
  readonly version: string;
  readonly who: string;
  readonly where: string;
  readonly signedBy?: string;
}
export interface RunStopping {
  readonly type: "run.stopping";
  readonly how: "drain" | "kill";
  readonly reason: string;
}
export interface RunInterrupted {
  readonly type: "run.interrupted";
  readonly reason: string;
}
export interface RunEnded extends Ending {
  readonly type: "run.ended";
}
export interface SlotStarted extends InSlot {
  readonly type: "slot.started";
  /** Of a slot that waits for a yes: who said it, a principal who is logged in, or user@box (and where he said that). Older journals lack it. */
  readonly by?: string;
}
export interface SlotEnded extends InSlot, Ending {
  readonly type: "slot.ended";
}
export interface JobStarted extends InJob {
  readonly type: "job.started";
  /** Hosts that count. */
  readonly hosts: number;
  readonly need: number;
  readonly window: number;
  /** Sizes of the steps; empty without barriers. */
  readonly steps: readonly number[];
}
export interface JobEnded extends InJob, Ending {
  readonly type: "job.ended";
}
export interface StepStarted extends InJob {
  readonly type: "step.started";
  readonly step: number;
  readonly hosts: number;
  readonly need: number;
}
export interface StepEnded extends InJob {
  readonly type: "step.ended";
  readonly step: number;
  readonly passed: boolean;
  readonly reason?: string;
}
export interface GateAsked extends InJob {
  readonly type: "gate.asked";
  readonly gate: string;
  /** From 1. */
  readonly ask: number;
}
export interface GateAnswered extends InJob {
  readonly type: "gate.answered";
  readonly gate: string;
  readonly ask: number;
  /** Inconclusive: nobody can tell. */
  readonly answer: "pass" | "fail" | "inconclusive";
  /** What was found: "312, more than 300", "no data". */
  readonly text: string;
  readonly value?: number;
  readonly worker?: string;
}
export interface JobBaking extends InJob {
  readonly type: "job.baking";
  /** The gates are watched for so long, from `time`, before the next step or the job's end. */
  readonly bakeMs: number;
}
export interface JobHeld extends InJob {
  readonly type: "job.held";
  /** No further host of the job is taken until a person says go on. */
  readonly reason: string;
}
export interface JobConfirmed extends InJob {
  readonly type: "job.confirmed";
  /** False: a person said no, and the job fails. */
  readonly goOn: boolean;
  /** Who: a principal who is logged in, or user@box (and where he said that). Older journals lack it. */
  readonly by?: string;
}
export interface TaskAsked extends OfTask {
  readonly type: "task.asked";
  readonly submission: number;
}
export interface TaskStarted extends OfTask {
  readonly type: "task.started";
  readonly worker?: string;
}
export interface TaskOutput extends OfTask {
  readonly type: "task.output";
  readonly stream: "stdout" | "stderr";
  readonly data: string;
  readonly encoding?: "base64";
}
export interface TaskLost extends OfTask {
  readonly type: "task.lost";
  readonly reason: string;
}
export interface TaskRetrying extends OfTask {
  readonly type: "task.retrying";
  readonly inMs: number;
  readonly reason: string;
}
export interface TaskEnded extends OfTask, TaskEnd, TaskReport {
  readonly type: "task.ended";
  /** Only final outcomes count. */
  readonly final: boolean;
  /** Of a whole way that did not end ok: the stage whose end this is. */
  readonly decidedBy?: string;
}
export interface Warning {
  readonly type: "warning";
  readonly text: string;
}
