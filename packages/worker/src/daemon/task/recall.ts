import { fail, succeed, type OutcomeMessage, type Result } from "@roadrunner/core";
import type { OwnedWorkload } from "../../authority/owner.ts";
import type { TaskJob, SharedParts } from "../shared-parts.ts";
import { withOrder } from "./order.ts";
import { bare } from "./outcome.ts";
import { sayStarted } from "./progress-lines.ts";
import { learn, notHis } from "./whose-run.ts";
import { workKey } from "./work-key.ts";

/** What this worker remembers of the task: it has its answer already, runs it now, or must not start it. */
export async function recall(
  shared: SharedParts,
  job: TaskJob,
  workload: OwnedWorkload,
): Promise<Result<OwnedWorkload, OutcomeMessage>> {
  const { task, host } = workload;
  if (task !== undefined) {
    learn(shared, task, workload);
    const refusal = notHis(shared, workload);
    if (refusal !== undefined) return fail(bare(shared, host, { blame: "submission", ...refusal }));
  }
  const key = workKey(workload);
  if (task === undefined || key === undefined) return succeed(workload);
  const kept = shared.kept.take(key, performance.now());
  if (kept !== undefined) {
    shared.observer.keptAnswerGiven();
    return fail(JSON.parse(kept) as OutcomeMessage);
  }
  // Said twice, it tells the client that this is a second delivery, whose answer may say nothing of the first.
  if (shared.running.has(key)) await sayStarted(shared, workload, job);
  if (!shared.revocations.has(task, host)) return succeed(workload);
  // An earlier submission of it may have started: only the host's record can tell.
  if (task.again !== undefined) return succeed(withOrder(workload, "withdraw"));
  return fail(bare(shared, host, { outcome: "skipped", reason: "revoked before it started" }));
}
