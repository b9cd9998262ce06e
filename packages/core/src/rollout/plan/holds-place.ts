import { isFailure } from "../../work/outcome.ts";
import type { TaskEnd } from "../../work/end.ts";
import type { JobPlan } from "./plan.ts";

/** A host that ended so keeps its place until the job ends. */
export function holdsPlace(
  job: Pick<JobPlan, "failedHostsHoldPlaces">,
  end: Pick<TaskEnd, "outcome" | "mayBeRunning">,
): boolean {
  if (job.failedHostsHoldPlaces) return isFailure(end.outcome);
  return end.outcome === "unknown" && end.mayBeRunning === true;
}
