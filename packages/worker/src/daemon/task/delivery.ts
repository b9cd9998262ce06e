import type { Workload } from "@roadrunner/core";
import type { SharedParts } from "../shared-parts.ts";

/** The first task of a day takes the host's old records away; only who leaves records takes some. */
export function prunes(shared: SharedParts, { host, user, delivery, become }: Workload): boolean {
  if (delivery !== "once") return false;
  return shared.pruneDays.isFirst({ host, login: user, become }, Date.now());
}

/** Whether a start tells something when the task is asked for again: of a record, or of a reboot. */
export function mattersWhenLost({ task, delivery, reboot }: Workload): boolean {
  return task !== undefined && (delivery === "once" || reboot !== undefined);
}

/** A `once` command with a drainer on its host ends without us; the record tells the next who asks. */
export function finishesAlone(workload: Workload): boolean {
  return workload.delivery === "once" && workload.onDisconnect !== "attached";
}
