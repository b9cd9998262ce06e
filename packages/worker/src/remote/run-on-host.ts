import { NOTHING_CAPTURED } from "./capture.ts";
import { checkTask } from "./check-task.ts";
import { judge } from "./judge.ts";
import { remoteProgram, sharesSessions, type ProgramPlace } from "./program.ts";
import type { RemoteEnd } from "./remote-task.ts";
import type { Refusal, RunRequest } from "./run-request.ts";
import { superviseVisit, type Supervised } from "./supervise.ts";

/** Runs one task on its host. Ends exactly once, with an outcome, whatever breaks. */
export async function runOnHost(request: RunRequest): Promise<RemoteEnd> {
  const { task } = request;
  const checked = checkTask(task);
  if (!checked.ok) return notStarted({ outcome: "refused", reason: checked.error });
  if (task.delivery === "once") {
    return notStarted({ outcome: "refused", reason: "delivery `once` is not built yet: use `repeatable`" });
  }
  if (request.signal?.aborted === true) {
    return notStarted({ outcome: "skipped", reason: "stopped before it started" });
  }
  const refusal = await request.beforeExec?.();
  if (refusal !== undefined) return notStarted(refusal);
  const supervised = await visitHost(request);
  return judge({ task, user: request.lease.user, ...supervised });
}

/** Where setsid is missing, exec of it fails before anything was sent; then without. */
async function visitHost(request: RunRequest): Promise<Supervised> {
  const place: ProgramPlace = { server: request.lease.server };
  const first = await superviseVisit(request, request.lease, remoteProgram(request.task, place));
  const { reached, channelEnd, noise } = first.visit;
  const without = { ...place, withoutSetsid: true };
  const missing =
    reached === "asked" && channelEnd?.kind === "exit" && channelEnd.code !== 0 && /setsid/.test(noise);
  if (!missing || !sharesSessions(place)) return first;
  request.log.debug("no setsid on the host", { host: request.task.host });
  return superviseVisit(request, request.lease, remoteProgram(request.task, without));
}

function notStarted(refusal: Refusal): RemoteEnd {
  return {
    ...refusal,
    blame: refusal.blame ?? "submission",
    stdout: NOTHING_CAPTURED,
    stderr: NOTHING_CAPTURED,
  };
}
