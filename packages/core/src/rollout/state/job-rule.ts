import type { Failure } from "../../work/outcome.ts";

/** Why a job has failed; its numbers are told when it has ended. */
export type JobRule =
  | { readonly type: "success" }
  | { readonly type: "tolerate"; readonly outcome: Failure }
  /** Step from 1. */
  | { readonly type: "step"; readonly step: number; readonly size: number; readonly need: number }
  | { readonly type: "places"; readonly places: number }
  | { readonly type: "deadline"; readonly deadlineMs: number };
