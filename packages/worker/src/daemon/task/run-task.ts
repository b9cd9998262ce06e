import { isUtf8 } from "node:buffer";
import { fail, given, type OutcomeMessage, type Result, type Workload } from "@roadrunner/core";
import type { Admitted } from "../../authority/authority.ts";
import type { OwnedWorkload } from "../../authority/owner.ts";
import type { Refusal } from "../../authority/refusal.ts";
import type { HostDoor } from "../../transport/lease.ts";
import { sayStarted } from "./progress-lines.ts";
import { runWorkload } from "./run-workload.ts";
import { bare, type TaskJob, type TaskRoom } from "../task-room.ts";
import { workKey } from "./work-key.ts";
import { targetOf } from "./workload-task.ts";

export interface TaskAnswer {
  readonly outcome: OutcomeMessage;
  /** Of a task that was admitted: see `workKey`. */
  readonly key?: string;
}

/** Runs one workload and gives its one answer, whatever happens. */
export async function runTask(room: TaskRoom, job: TaskJob): Promise<TaskAnswer> {
  const admitted = admit(room, job);
  const { workload, signer } = admitted.ok
    ? { workload: admitted.value.value, signer: admitted.value.signer }
    : admitted.error;
  const { functionName, unique } = job;
  const audit = (outcome: OutcomeMessage): void => {
    const login = workload === undefined ? undefined : (workload.user ?? doorOf(room, workload)?.user);
    room.audit?.write({ functionName, unique, outcome, workload, signer, login }, new Date());
  };
  try {
    const ended = admitted.ok
      ? await runAdmitted(room, admitted.value.value, job)
      : refused(room, admitted.error);
    // Of this submission, also where the answer was kept for an earlier one.
    const outcome = { ...ended, ...given({ submission: workload?.task?.submission }) };
    audit(outcome);
    return { outcome, ...given({ key: admitted.ok ? workKey(admitted.value.value) : undefined }) };
  } catch (error) {
    audit(bare(room, workload?.host ?? "", { outcome: "unknown", blame: "worker", reason: String(error) }));
    throw error;
  }
}

async function runAdmitted(room: TaskRoom, workload: OwnedWorkload, job: TaskJob): Promise<OutcomeMessage> {
  const { task, host } = workload;
  const key = workKey(workload);
  if (task !== undefined && key !== undefined) {
    const kept = room.kept.take(key, performance.now());
    if (kept !== undefined) {
      room.observer.keptAnswerGiven();
      return JSON.parse(kept) as OutcomeMessage;
    }
    // Said twice, it tells the client that this is a second delivery, whose answer may say nothing of the first.
    if (room.running.has(key)) await sayStarted(room, workload, job);
    if (room.revocations.has(task)) {
      // An earlier submission of it may have started: only the host's record can tell.
      if (task.again !== undefined) {
        return runWorkload(room, { ...workload, task: { ...task, order: "withdraw" } }, job);
      }
      return bare(room, host, { outcome: "skipped", reason: "revoked before it started" });
    }
  }
  return runWorkload(room, workload, job);
}

function admit(room: TaskRoom, job: TaskJob): Result<Admitted<OwnedWorkload>, Refusal> {
  const { workload: bytes, workloadBytes, functionName, unique } = job;
  const { authority } = room;
  if (workloadBytes > authority.maxMessageBytes) {
    const most = authority.maxMessageBytes;
    return faulty(`the workload has ${workloadBytes} bytes; at most ${most} are taken`);
  }
  if (job.fault !== undefined) return fail(job.fault);
  if (!isUtf8(bytes)) return faulty("the workload is not UTF-8");
  const unready = room.audit?.ready();
  if (unready !== undefined) return fail({ reason: unready, blame: "worker" });
  const message = { text: bytes.toString("utf8"), functionName, unique };
  const admitted = authority.task(message, Date.now(), (workload) => doorOf(room, workload));
  if (admitted.ok && admitted.value.skewMs !== undefined) {
    const seconds = Math.round(admitted.value.skewMs / 1000);
    room.log.warn("the clocks of this worker and a client differ; over 300 s nothing is taken", { seconds });
  }
  return admitted;
}

function faulty(reason: string): Result<never, Refusal> {
  return fail({ reason, blame: "submission" });
}

/** Where and as whom the worker's ssh_config would have the task run. */
function doorOf(room: TaskRoom, workload: Workload): HostDoor | undefined {
  return room.hosts.doorOf(targetOf(workload));
}

function refused(room: TaskRoom, { reason, blame, notTaken, workload, signer }: Refusal): OutcomeMessage {
  room.log.warn("refused a workload", { reason, host: workload?.host, principal: signer?.principal });
  return bare(room, workload?.host ?? "", {
    outcome: "refused",
    blame,
    reason,
    ...given({ notTaken }),
  });
}
