import { askRecord } from "./ask-record.ts";
import { checkTask } from "./check-task.ts";
import { evidenceOf, notStarted } from "./evidence.ts";
import { judge } from "./judge.ts";
import type { RemoteEnd } from "./remote-task.ts";
import type { RunRequest } from "./run-request.ts";
import { visitHost } from "./visit-host.ts";

/** Runs one task on its host. Ends exactly once, with an outcome, whatever breaks. */
export async function runOnHost(request: RunRequest): Promise<RemoteEnd> {
  const { task } = request;
  const checked = checkTask(task);
  if (!checked.ok) return notStarted({ outcome: "refused", reason: checked.error });
  if (request.signal?.aborted === true) {
    return notStarted({ outcome: "skipped", reason: "stopped before it started" });
  }
  const refusal = await request.beforeExec?.();
  if (refusal !== undefined) return notStarted(refusal);
  const first = await visitHost(request, request.lease);
  return task.delivery === "once" ? askRecord(request, first) : judge(evidenceOf(request, first));
}
