import { stageIndexOf, type RunEvent, type StagePlan } from "@roadrunner/core";
import { jobsOf } from "./jobs-of.ts";
import { hostKey, nameKey, type Names } from "./names.ts";

/**
 * The last attempts of the stages that are gone once more: of hosts that are taken again all, or those from the stage on
 * at which they failed, where that says so. In later slots all begin anew, and so do all of a host that was taken back.
 */
export function retriedStages(
  events: readonly RunEvent[],
  slot: number,
  hosts: ReadonlyMap<string, number>,
  isUndone: (task: Names) => boolean,
): ReadonlyMap<string, number> {
  const stages = new Map<string, number>();
  const staysBefore = stageToGoOnAt(events, slot);
  for (const event of events) {
    if (event.type !== "task.asked" && event.type !== "task.ended") continue;
    if (event.stage === undefined || event.slot < slot) continue;
    const isTaken = event.slot > slot || hosts.has(hostKey(event));
    if (isTaken && (isUndone(event) || !staysBefore(event)))
      stages.set(nameKey(event), Math.max(event.attempt, stages.get(nameKey(event)) ?? 0));
  }
  return stages;
}

/** Whether a stage of a host is before the one at which it goes on. */
function stageToGoOnAt(events: readonly RunEvent[], slot: number): (stage: Names) => boolean {
  const jobOf = jobsOf(events);
  /** By host: the number of that stage. */
  const goesOnAt = new Map<string, number>();
  for (const event of events) {
    if (event.type !== "task.ended" || event.slot !== slot || event.stage !== undefined) continue;
    const { stages = [] as readonly StagePlan[] } = jobOf(event) ?? {};
    const decided = stageIndexOf(stages, { stage: event.decidedBy, at: event.at });
    if (stages[decided]?.retryFrom === "stage") goesOnAt.set(hostKey(event), decided);
    else goesOnAt.delete(hostKey(event));
  }
  return (task) => {
    const at = task.slot === slot ? goesOnAt.get(hostKey(task)) : undefined;
    const { stages = [] as readonly StagePlan[] } = jobOf(task) ?? {};
    return at !== undefined && stageIndexOf(stages, task) < at;
  };
}
