import { isUtf8 } from "node:buffer";
import {
  MAX_WORKLOAD_BYTES,
  parseWorkload,
  taskId,
  WIRE_VERSION,
  type OutcomeMessage,
  type Workload,
} from "@roadrunner/core";
import type { SshHosts } from "../ssh/lease.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import type { Log } from "./log.ts";
import type { Revocations } from "./revocations.ts";
import type { RunningTasks } from "./running-tasks.ts";
import { runWorkload } from "./run-workload.ts";

export interface TaskRoom {
  readonly workerId: string;
  readonly version: string;
  readonly places: number;
  readonly maxOutputBytes: number;
  readonly secretsDir?: string;
  readonly recordDir?: string;
  readonly sudoPasswordFile?: string;
  readonly hosts: SshHosts;
  readonly revocations: Revocations;
  readonly kept: KeptAnswers;
  readonly running: RunningTasks;
  readonly log: Log;
}

/** One Gearman job as the daemon sees it: bytes in, progress lines out. */
export interface TaskJob {
  /** Empty where it was longer than is read; `workloadBytes` tells its length. */
  readonly workload: Buffer;
  readonly workloadBytes: number;
  /** When it was grabbed, by both clocks: a worker that slept through a night must notice. */
  readonly grabbedAt: { readonly monotonicMs: number; readonly wallMs: number };
  /** False when the connection is gone. */
  send(line: string): Promise<boolean>;
}

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
    if (kept !== undefined) return JSON.parse(kept) as OutcomeMessage;
  }
  return await runWorkload(room, workload, job);
}

function readWorkload({ workload: bytes, workloadBytes }: TaskJob): Workload | string {
  if (workloadBytes > MAX_WORKLOAD_BYTES) {
    return `the workload has ${workloadBytes} bytes; at most ${MAX_WORKLOAD_BYTES} are taken`;
  }
  if (!isUtf8(bytes)) return "the workload is not UTF-8";
  const parsed = parseWorkload(bytes.toString("utf8"));
  return parsed.ok ? parsed.value : parsed.error;
}

/** An outcome without output. */
export function bare(
  room: Pick<TaskRoom, "workerId">,
  host: string,
  end: Pick<OutcomeMessage, "outcome" | "reason" | "blame" | "noRetry">,
): OutcomeMessage {
  return { v: WIRE_VERSION, host, ...end, worker: room.workerId, stdout: "", stderr: "" };
}

function submissionFault(room: TaskRoom, host: string, reason: string): OutcomeMessage {
  room.log.warn("refused a workload", { reason });
  return bare(room, host, { outcome: "refused", blame: "submission", reason });
}
