import { isUtf8 } from "node:buffer";
import {
  MAX_WORKLOAD_BYTES,
  parseWorkload,
  taskId,
  type OutcomeMessage,
  type Workload,
} from "@roadrunner/core";
import { runWorkload } from "./run-workload.ts";
import { bare, type TaskJob, type TaskRoom } from "./task-room.ts";

/** Runs one workload and gives its one answer, whatever happens. */
export async function runTask(room: TaskRoom, job: TaskJob): Promise<OutcomeMessage> {
  const workload = readWorkload(job);
  if (typeof workload === "string") return submissionFault(room, "", workload);
  const { task } = workload;
  if (task !== undefined) {
    if (room.revocations.has(task)) {
      return bare(room, workload.host, { outcome: "skipped", reason: "revoked before it started" });
    }
    const kept = room.kept.take(taskId({ ...task, host: workload.host }), performance.now());
    if (kept !== undefined) {
      room.observer.keptAnswerGiven();
      return JSON.parse(kept) as OutcomeMessage;
    }
  }
  return runWorkload(room, workload, job);
}

function readWorkload({ workload: bytes, workloadBytes }: TaskJob): Workload | string {
  if (workloadBytes > MAX_WORKLOAD_BYTES) {
    return `the workload has ${workloadBytes} bytes; at most ${MAX_WORKLOAD_BYTES} are taken`;
  }
  if (!isUtf8(bytes)) return "the workload is not UTF-8";
  const parsed = parseWorkload(bytes.toString("utf8"));
  return parsed.ok ? parsed.value : parsed.error;
}

function submissionFault(room: TaskRoom, host: string, reason: string): OutcomeMessage {
  room.log.warn("refused a workload", { reason });
  return bare(room, host, { outcome: "refused", blame: "submission", reason });
}
