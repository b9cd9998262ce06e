import { askRecord } from "./ask-record.ts";
import { checkTask } from "../program/check-task.ts";
import { evidenceOf, notStarted } from "./evidence.ts";
import { judge } from "./judge.ts";
import type { RemoteEnd } from "../program/remote-task.ts";
import { awaitReboot, bootIdOfStart, mayHaveRebooted } from "./reboot.ts";
import type { RunRequest } from "../visit/run-request.ts";
import type { Supervised } from "../visit/supervise.ts";
import { visitHost } from "../visit/visit-host.ts";

/** Runs one task on its host. Ends exactly once, with an outcome, whatever breaks. */
export async function runOnHost(request: RunRequest): Promise<RemoteEnd> {
  const { task } = request;
  const checked = checkTask(task);
  if (!checked.ok) return notStarted({ outcome: "refused", blame: "submission", reason: checked.error });
  if (request.signal?.aborted === true) {
    return notStarted({ outcome: "skipped", reason: "stopped before it started" });
  }
  const refusal = await request.beforeExec?.();
  if (refusal !== undefined) return notStarted(refusal);
  const first = await visitHost(request, request.lease);
  if (task.reboot !== undefined) return afterReboot(request, first);
  return task.delivery === "once" ? askRecord(request, first) : judge(evidenceOf(request, first));
}

/** A connection that is lost after the start is what a reboot looks like: the record would tell no more. */
async function afterReboot(request: RunRequest, first: Supervised): Promise<RemoteEnd> {
  const { task } = request;
  const bootId = bootIdOfStart(first.visit, task);
  if (bootId === undefined) {
    return task.delivery === "once" ? askRecord(request, first) : judge(evidenceOf(request, first));
  }
  const end = judge(evidenceOf(request, first));
  return mayHaveRebooted(end) ? awaitReboot(request, end, bootId) : end;
}
