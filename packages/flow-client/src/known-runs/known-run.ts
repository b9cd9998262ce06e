import type { Result, RunEvent, RunPlan, Verdict } from "@roadrunner/core";
import type { RunRow } from "@roadrunner/engine/api";
import type { Refusal } from "../usage/refusal.ts";

/** A run as it has been recorded up to now. */
export interface RecordedRun {
  readonly run: string;
  readonly plan: RunPlan;
  readonly started: Extract<RunEvent, { type: "run.started" }>;
  readonly events: readonly RunEvent[];
  /** Who handed it over to a coordinator, as his login proved. */
  readonly principal?: string;
  /** What is missing of it, for the operator. */
  readonly note?: string;
}

/** Until when a run was followed. */
export type Followed =
  | { readonly kind: "ended"; readonly verdict: Verdict }
  /** It is open, and nobody carries it now; `confirm`: whoever goes on with it is asked something. */
  | { readonly kind: "left"; readonly confirm: boolean }
  /** Nobody looks any more. */
  | { readonly kind: "away" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** A run that its name has found, here or elsewhere. */
export interface KnownRun {
  readonly run: string;
  /** All that is recorded of it now. */
  read(): Promise<Result<RecordedRun, Refusal>>;
  /** Shows what comes after what was read last, until the run ends, or nobody carries it, or nobody looks any more. */
  follow(show: (events: readonly RunEvent[]) => void, away?: AbortSignal): Promise<Followed>;
  /** Stops it, or what runs in it; the answer is for the operator, like a refusal. */
  stop(): Promise<Refusal>;
  /** Says yes to what it waits for: to this job, or to the only thing. */
  confirm(job: string | undefined): Promise<Refusal>;
}

/** Why a name finds no run: there is none, there are several, or nobody can tell. */
export interface NotFound {
  readonly kind: "none" | "several" | "fault";
  readonly refusal: Refusal;
}

export interface RunFilter {
  readonly flow?: string | undefined;
  readonly state?: RunRow["state"] | undefined;
  /** At most so many, the newest. */
  readonly last?: number | undefined;
}
