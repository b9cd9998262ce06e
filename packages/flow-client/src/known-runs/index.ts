/** Runs by their names: those of this box, and those of a coordinator. */
export { BoxRun } from "./box-run.ts";
export type { Followed, KnownRun, RecordedRun } from "./known-run.ts";
export { findKnownRun, listKnownRuns, readKnownRun, type Places } from "./known-runs.ts";
