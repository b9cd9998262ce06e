import { jobNumbers, type JobNumbers, type StepNumbers } from "../plan/job-numbers.ts";
import type { JobRule } from "./job-rule.ts";
import type { TaskRef } from "../machine-events.ts";
import { OUTCOMES, type Outcome } from "../../work/outcome.ts";
import type { JobPlan } from "../plan/plan.ts";
import { spreadNumbers } from "../plan/spread-numbers.ts";
import type { StartOrder } from "../spread/start-order.ts";
import { ValuePlaces } from "../spread/value-places.ts";
import type { TaskState, TimerCause } from "./task-state.ts";
import type { Timer } from "./timers.ts";
import { newWatch, type WatchState } from "./watch-state.ts";

/**
 * A job of the running slot is in one mode:
 *
 * - `running`: hosts start as window, step and bounds allow. Entered when the slot starts. Left for `failing`
 *   by a broken rule, for `stopping` by a stop request or failFast, for `ended` by its last host's end.
 * - `stopping`: nothing starts. On entry hosts that wait for a retry end as they ended last, and those never
 *   submitted are `skipped`; what is in flight goes on. A rule may still break: then `failing`.
 * - `failing`: the same, and the verdict is fixed.
 * - `ended`: every host has its outcome. All words are ignored.
 */
export type JobMode = "running" | "stopping" | "failing" | "ended";

export interface JobState {
  readonly ref: { readonly phase: TaskRef["phase"]; readonly slot: number; readonly job: number };
  readonly plan: JobPlan;
  /** Indices into plan.hosts of those that take part, in start order. */
  readonly hosts: Uint32Array;
  readonly numbers: JobNumbers;
  mode: JobMode;
  /** How many of `hosts` have been taken; without spread the position of the next one to start. */
  next: number;
  /** By index into plan.hosts. */
  readonly inFlight: Map<number, TaskState>;
  readonly counts: Record<Outcome, number>;
  failures: number;
  ended: number;
  /**
   * Hosts that have ended and hold their place until the job ends: those whose process may still run, and with
   * failedHostsHoldPlaces all that failed.
   */
  held: number;
  /** Names of the hosts that ended ok; kept only where another job's onlyIfOk asks for them. */
  readonly okHosts: Set<string> | undefined;
  /** Absent where the job is not spread over the values of a label. */
  readonly spread: SpreadState | undefined;
  /** The step that runs or is paused for; absent with a sliding window. */
  step: StepState | undefined;
  brokenRule: JobRule | undefined;
  /** Why a stopping job stops. */
  stopReason: string | undefined;
  /** It was stopped before its gates had passed: it has not succeeded, however its hosts ended. */
  gatesLeftOut: boolean;
  /** Commands that turn out to run are killed too. */
  killed: boolean;
  deadline: Timer<number> | undefined;
  /** Over its gates; absent where it has none. */
  readonly watch: WatchState | undefined;
  /** Hosts to which a worker has set out, in the order in which it did: not all of them are reached. */
  readonly begun: Set<number>;
  /** Hosts on which something of the job has run, by how an attempt ended. */
  readonly touched: Set<number>;
  /** Those on which it may still run, or of which nobody knows how it ended. */
  readonly unsure: Set<number>;
}

export interface SpreadState {
  readonly places: ValuePlaces;
  /** Of the hosts of the window or of the step that is open; made when its first host is to start. */
  order: StartOrder | undefined;
}

export interface StepState {
  /** From 0. */
  readonly index: number;
  readonly numbers: StepNumbers;
  /** Position in the job's hosts behind the step's last one. */
  readonly end: number;
  /** `paused`: the wait before it; its timer begins it. `open`: its hosts start. `closed`: announced as ended. */
  mode: "paused" | "open" | "closed";
  timer: Timer<TimerCause> | undefined;
  ok: number;
  failures: number;
  ended: number;
}

export function newJob(
  ref: JobState["ref"],
  plan: JobPlan,
  hosts: Uint32Array,
  keepOkHosts: boolean,
): JobState {
  const numbers = jobNumbers(plan, hosts.length, spreadNumbers(plan, hosts));
  return {
    ref,
    plan,
    hosts,
    numbers,
    mode: "running",
    next: 0,
    inFlight: new Map(),
    counts: noCounts(),
    failures: 0,
    ended: 0,
    held: 0,
    okHosts: keepOkHosts ? new Set() : undefined,
    spread: spreadOf(plan, numbers),
    step: undefined,
    brokenRule: undefined,
    stopReason: undefined,
    gatesLeftOut: false,
    killed: false,
    deadline: undefined,
    watch: newWatch(plan.gates),
    begun: new Set(),
    touched: new Set(),
    unsure: new Set(),
  };
}

function spreadOf(plan: JobPlan, { spread }: JobNumbers): SpreadState | undefined {
  if (spread.length === 0) return undefined;
  return { places: new ValuePlaces(spread, plan.hosts), order: undefined };
}

export function noCounts(): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
}
