import type { GateAnswer } from "../machine-events.ts";
import type { GatePlan } from "../plan/gate-plan.ts";
import type { TimerCause } from "./task-state.ts";
import type { Timer } from "./timers.ts";

/**
 * The watch over a job's gates is in one mode; nothing is asked in `idle`, `held`, `released` and `over`:
 *
 * - `idle`: no host that is not known has started. Left when the first one is about to.
 * - `before`: each gate is asked a few times before the first host. Left for `watching`, `held`, or the job fails.
 * - `watching`: hosts start, and gates are asked now and then.
 * - `baking`: all hosts of the step, or of the job, have ended; each gate has to pass anew, and the time of the bake to
 *   pass. Left for `watching` by the next step's start.
 * - `held`: no further host is taken until a person says go on. Left for `watching`, for `baking` where its step has ended
 *   meanwhile, or for `released` where what was held back was a start or the job's end.
 * - `released`: a person has let the next start, or the job's end, pass without the gates.
 * - `over`: the job is decided or has ended.
 */
export type WatchMode = "idle" | "before" | "watching" | "baking" | "held" | "released" | "over";

/** Those in which gates are asked. */
export type AskingMode = Extract<WatchMode, "before" | "watching" | "baking">;

export interface WatchState {
  mode: WatchMode;
  /** When the mode was entered; of a bake when it began, or was begun anew by a resume. */
  since: number;
  readonly gates: readonly GateState[];
  /** Its time has come, or its asks are done: what was asked until then is waited for, and then it is judged. */
  isDue: boolean;
  /** Of the bake: it goes off when the time has passed. */
  timer: Timer<TimerCause> | undefined;
  /** Why the job holds. */
  hold: Hold | undefined;
}

export interface Hold {
  readonly reason: string;
  /** The gate has failed; else nobody can tell how it does. */
  readonly failed: boolean;
  /** What a yes lets it do: go on in its step, bake now that the step is over, or pass without the gates. */
  readonly after: "watching" | "baking" | "released";
}

export interface GateState {
  readonly index: number;
  readonly plan: GatePlan;
  /** Number of the last ask. */
  ask: number;
  /** It waits for an answer. */
  isAsked: boolean;
  /** When the last ask was made. */
  askedAt: number;
  /** Answers since the mode was entered. */
  answers: number;
  /** Fails with no pass between them. */
  fails: number;
  /** The first ask whose answer counts: made since the mode was entered, and when that is due the one that was out then. */
  freshFrom: number;
  /** The last answer, and to which ask. */
  last: { readonly answer: GateAnswer; readonly ask: number } | undefined;
  /** When the first of the inconclusive answers was asked for that nothing else has followed. */
  inconclusiveSince: number | undefined;
  /** Of the next ask, or of the time for an answer. */
  timer: Timer<TimerCause> | undefined;
}

export function newWatch(gates: readonly GatePlan[] | undefined): WatchState | undefined {
  if (gates === undefined) return undefined;
  return {
    mode: "idle",
    since: 0,
    gates: gates.map(newGate),
    isDue: false,
    timer: undefined,
    hold: undefined,
  };
}

function newGate(plan: GatePlan, index: number): GateState {
  return {
    index,
    plan,
    ask: 0,
    isAsked: false,
    askedAt: 0,
    answers: 0,
    fails: 0,
    freshFrom: 1,
    last: undefined,
    inconclusiveSince: undefined,
    timer: undefined,
  };
}
