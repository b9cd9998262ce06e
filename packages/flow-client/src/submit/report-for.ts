import type { RolloutAction, RolloutEvent, TaskRef, TaskReport } from "@roadrunner/core";

/** The worker's report belongs to the end that it came with, not to others that the same decision announces. */
export function reportFor(
  action: Extract<RolloutAction, { type: "announce" }>,
  event: RolloutEvent,
  report: TaskReport | undefined,
): TaskReport | undefined {
  const { announcement } = action;
  if (report === undefined || announcement.type !== "taskEnded" || event.type !== "taskEnded")
    return undefined;
  return sameTask(announcement.task, event.task) ? report : undefined;
}

function sameTask(a: TaskRef, b: TaskRef): boolean {
  return (
    a.phase === b.phase &&
    a.slot === b.slot &&
    a.job === b.job &&
    a.host === b.host &&
    a.attempt === b.attempt
  );
}
