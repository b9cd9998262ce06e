import type { AtHosts } from "./at-hosts.ts";
import type { JobState } from "./job-state.ts";
import type { Announcement, RolloutAction, TaskEnd, TaskRef } from "../machine-events.ts";
import type { Outcome } from "../../work/outcome.ts";
import type { Verdict } from "../verdict.ts";
import type { RunPlan } from "../plan/plan.ts";
import type { TimerCause } from "./task-state.ts";
import type { Timers } from "./timers.ts";
import type { Workers } from "./workers-heard.ts";

export type Phase = TaskRef["phase"];

export interface RolloutOptions {
  /** Any integer; spreads the waits before retries. The same seed and events give the same actions. */
  readonly seed: number;
  /**
   * A task whose server, worker or connection was lost is asked for again; answers that say nothing for so long make
   * it `unknown`. Default 5 minutes.
   */
  readonly lostTimeoutMs?: number;
  /** By `taskKey`: the number of a host's first attempt, where a resumed run takes it again. Default 1. */
  readonly firstAttempts?: ReadonlyMap<string, number>;
  /**
   * By `taskKey`: how hosts ended, where a resumed run takes others of their job again. They go first, take no place,
   * and are not announced. Of stages: those that a host which is taken again need not go through once more.
   */
  readonly knownEnds?: ReadonlyMap<string, TaskEnd>;
  /**
   * A recorded past is fed first: whatever interrupted it then, somebody goes on with it now. Until `resumed` names what
   * had been asked for. Default false.
   */
  readonly past?: boolean;
}

/** Names a task for `firstAttempts` and `knownEnds`. */
export function taskKey(task: Omit<TaskRef, "attempt">): string {
  const ofHost = `${task.phase}/${task.slot}/${task.job}/${task.host}`;
  return task.stage === undefined ? ofHost : `${ofHost}/${task.stage}`;
}

/**
 * A run is in one mode:
 *
 * - `new`: made; waits for `begin` and ignores all else.
 * - `confirming`: nothing is in flight; the next slot waits for `confirmed`. A stop request is a no.
 * - `running`: a slot's jobs run. Left when all of them have ended: the next slot, the next phase, the end.
 * - `interrupted`: nothing is submitted any more and no verdict is given; ends of what runs are still taken
 *   down, all other tasks stay open for a resume. Never left.
 * - `ended`: every task has its outcome and the verdict was announced. Never left.
 *
 * The `slots` phase comes first, then `finally`, whatever the verdict of the slots; a slot that did not
 * succeed is the last one of its phase.
 */
export type RunMode = "new" | "confirming" | "running" | "interrupted" | "ended";

/** The machine's state. Only `advance` changes it; of it, callers may read `mode`. */
export interface RolloutState {
  readonly plan: RunPlan;
  readonly options: Required<RolloutOptions>;
  mode: RunMode;
  phase: Phase;
  /** Index in the phase. */
  slot: number;
  now: number;
  /** Jobs of the running slot, as its plan has them. */
  jobs: JobState[];
  openJobs: number;
  /** failFast has stopped the running slot's other jobs. */
  failedFast: boolean;
  /** The strongest stop request and the first one's reason. */
  stop: { readonly how: "drain" | "kill"; readonly reason: string } | undefined;
  /** Nobody is here to say go on: once nothing but jobs that hold is left, the run is left open. */
  nobodyConfirms: boolean;
  /** A kill while finally slots ran stops those as well. */
  finallyStopped: boolean;
  readonly counts: Record<Outcome, number>;
  /** What the phases came to so far. */
  readonly phases: Record<Phase, { readonly verdicts: Verdict[]; readonly reasons: string[] }>;
  /** Names of the jobs that some onlyIfOk names, and once such a job has ended its hosts that ended ok. */
  readonly okHosts: Map<string, ReadonlySet<string>>;
  readonly workers: Workers;
  /** Of the running slot's stages. */
  atHosts: AtHosts;
  readonly timers: Timers<TimerCause>;
  /** Of the running slot's jobs, by their index; apart, since a deadline goes before all else that is due. */
  readonly deadlines: Timers<number>;
  deadlinesHeld: boolean;
  /** Nothing interrupts the run for now. */
  past: boolean;
  /** The earliest wakeAt that was sent and has not passed. */
  wakeAt: number | undefined;
}

/** One call of `advance`: the state that it works on and the actions so far. */
export interface Turn {
  readonly run: RolloutState;
  readonly actions: RolloutAction[];
}

export function announce(turn: Turn, announcement: Announcement): void {
  turn.actions.push({ type: "announce", announcement });
}
