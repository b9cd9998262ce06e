/** Runs by their names: those of this box, and those of a coordinator. */
export { BoxRun } from "./box-run.ts";
export { CoordinatorRun } from "./coordinator-run.ts";
export type { KnownRun, RecordedRun } from "./known-run.ts";
export {
  findKnownRun,
  listKnownRuns,
  readBoxRun,
  readKnownRun,
  type FoundRun,
  type Places,
} from "./known-runs.ts";
