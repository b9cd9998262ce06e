import { isUtf8 } from "node:buffer";
import { fail, defined, type OutcomeMessage, type Result, type Workload } from "@roadrunner/core";
import type { Admitted } from "../../authority/authority.ts";
import type { OwnedWorkload } from "../../authority/owner.ts";
import { loggedOfRefused, type Refusal } from "../../authority/refusal.ts";
import type { HostDoor } from "../../transport/transport.ts";
import type { TaskJob, SharedParts } from "../shared-parts.ts";
import { bare } from "./outcome.ts";
import { targetOf } from "./workload-task.ts";

/** The workload that a job holds, if this worker may and can run it. */
export function admit(shared: SharedParts, job: TaskJob): Result<Admitted<OwnedWorkload>, Refusal> {
  const { workload: bytes, workloadBytes, functionName, unique } = job;
  const { authority } = shared;
  if (workloadBytes > authority.maxMessageBytes) {
    const most = authority.maxMessageBytes;
    return faulty(`the workload has ${workloadBytes} bytes; at most ${most} are taken`);
  }
  if (job.fault !== undefined) return fail(job.fault);
  if (!isUtf8(bytes)) return faulty("the workload is not UTF-8");
  const unready = shared.audit?.ready();
  if (unready !== undefined) return fail({ reason: unready, blame: "worker" });
  const message = { text: bytes.toString("utf8"), functionName, unique };
  const admitted = authority.task(message, Date.now(), (workload) => doorOf(shared, workload));
  if (admitted.ok && admitted.value.skewMs !== undefined) {
    const seconds = Math.round(admitted.value.skewMs / 1000);
    shared.log.warn("the clocks of this worker and a client differ; over 300 s nothing is taken", {
      seconds,
    });
  }
  return admitted;
}

function faulty(reason: string): Result<never, Refusal> {
  return fail({ reason, blame: "submission" });
}

/** Where and as whom the worker's ssh_config would have the task run. */
export function doorOf(shared: SharedParts, workload: Workload): HostDoor | undefined {
  return shared.hosts.doorOf(targetOf(workload));
}

export function refused(shared: SharedParts, refusal: Refusal): OutcomeMessage {
  const { reason, blame, notTaken, workload } = refusal;
  shared.log.warn("refused a workload", {
    reason,
    host: workload?.host,
    ...loggedOfRefused(refusal),
  });
  const end = { outcome: "refused", blame, reason, ...defined({ notTaken }) } as const;
  return bare(shared, workload?.host ?? "", end);
}
