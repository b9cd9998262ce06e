import { askRecord } from "./ask-record.ts";
import { checkTask } from "../program/check-task.ts";
import { evidenceOf, notStarted } from "./evidence.ts";
import { Heard } from "../visit/heard.ts";
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
  const heard = new Heard(task.askedBefore);
  const first = await visitHost(request, request.lease, heard);
  if (task.reboot !== undefined) return afterReboot(request, heard, first);
  return endOf(request, heard, first);
}

function endOf(request: RunRequest, heard: Heard, first: Supervised): Promise<RemoteEnd> | RemoteEnd {
  if (request.task.delivery === "once") return askRecord(request, heard, first);
  return judge(evidenceOf(request, heard.began, first));
}

/** A connection that is lost after the start is what a reboot looks like: the record would tell no more. */
async function afterReboot(request: RunRequest, heard: Heard, first: Supervised): Promise<RemoteEnd> {
  const bootId = bootIdOfStart(first.visit, heard.began);
  if (bootId === undefined) return endOf(request, heard, first);
  const end = judge(evidenceOf(request, heard.began, first));
  return mayHaveRebooted(end) ? awaitReboot(request, end, bootId) : end;
}
