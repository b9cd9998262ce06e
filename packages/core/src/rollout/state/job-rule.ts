import type { Failure } from "../../work/outcome.ts";

/** Why a job has failed; its numbers are told when it has ended. */
export type JobRule =
  | { readonly type: "success" }
  | { readonly type: "tolerate"; readonly outcome: Failure }
  /** Step from 1. */
  | { readonly type: "step"; readonly step: number; readonly size: number; readonly need: number }
  | { readonly type: "places"; readonly places: number }
  /** No host fits any more: those left wait for values all of whose places are held by `heldBy`. */
  | {
      readonly type: "spread";
      readonly values: readonly {
        readonly value: string;
        readonly places: number;
        readonly heldBy: readonly string[];
      }[];
    }
  | { readonly type: "deadline"; readonly deadlineMs: number }
  /** Which gate, and what it said. */
  | { readonly type: "gate"; readonly text: string };
