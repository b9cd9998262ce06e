import { isFailure } from "../../work/outcome.ts";
import type { TaskEnd } from "../../work/end.ts";
import type { JobPlan } from "./plan.ts";

/** A host that ended so keeps its place until the job ends. */
export function holdsPlace(
  job: Pick<JobPlan, "failedHostsHoldPlaces"> & { readonly stages?: unknown },
  end: Pick<TaskEnd, "outcome" | "mayBeRunning">,
): boolean {
  // A host that a kill has cut half-way is down as one is that failed there.
  const isCut = job.stages !== undefined && end.outcome === "cancelled";
  if (job.failedHostsHoldPlaces) return isCut || isFailure(end.outcome);
  return end.outcome === "unknown" && end.mayBeRunning === true;
}
