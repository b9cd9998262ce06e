import type { TaskRef } from "@roadrunner/core";

/** Names a job of the plan. */
export function jobKey(at: Pick<TaskRef, "phase" | "slot" | "job">): string {
  return `${at.phase}/${at.slot}/${at.job}`;
}
