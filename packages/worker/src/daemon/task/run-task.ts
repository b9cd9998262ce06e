import { defined, type OutcomeMessage } from "@roadrunner/core";
import type { OwnedWorkload, Signer } from "../../authority/owner.ts";
import { runOnHost } from "../../verdict/run-on-host.ts";
import type { TaskJob, TaskRoom } from "../task-room.ts";
import { admit, doorOf, refused } from "./admit.ts";
import { finishesAlone, prunes } from "./delivery.ts";
import { orderAfter, ordered, settle } from "./order.ts";
import { bare, outcomeOf, unreached } from "./outcome.ts";
import { recall } from "./recall.ts";
import { runPorts } from "./run-ports.ts";
import { workKey } from "./work-key.ts";
import { prepare, remoteTask, type ReadyTask } from "./workload-task.ts";

export interface TaskAnswer {
  readonly outcome: OutcomeMessage;
  /** Of a task that was admitted: see `workKey`. */
  readonly key?: string;
}

/**
 * A task's way: workload → admitted → recalled → prepared → leased → visited and judged → answered. Each step hands the
 * next one its value, or ends the way with the task's one outcome.
 */
export async function runTask(room: TaskRoom, job: TaskJob): Promise<TaskAnswer> {
  const admitted = admit(room, job);
  if (!admitted.ok) return answered(room, job, admitted.error, refused(room, admitted.error));
  const { value: workload, signer } = admitted.value;
  try {
    const outcome = await runAdmitted(room, job, workload);
    return { ...answered(room, job, { workload, signer }, outcome), ...defined({ key: workKey(workload) }) };
  } catch (error) {
    const bug = bare(room, workload.host, { outcome: "unknown", blame: "worker", reason: String(error) });
    answered(room, job, { workload, signer }, bug);
    throw error;
  }
}

async function runAdmitted(room: TaskRoom, job: TaskJob, workload: OwnedWorkload): Promise<OutcomeMessage> {
  const recalled = await recall(room, job, workload);
  if (!recalled.ok) return recalled.error;
  const ready = await prepare(room, recalled.value);
  if (!ready.ok) return bare(room, workload.host, { outcome: "refused", ...ready.error });
  const running = room.running.begin(workload.task, finishesAlone(workload), workKey(workload));
  try {
    return await carryOut(room, job, ready.value, running.signal);
  } finally {
    running.done();
  }
}

/** Does what is ordered; what was held back, but asked for before, is asked about with the order that follows. */
async function carryOut(
  room: TaskRoom,
  job: TaskJob,
  ready: ReadyTask,
  signal: AbortSignal,
): Promise<OutcomeMessage> {
  const settled = await settle(room, ready);
  if (settled !== undefined) return outcomeOf(room, ready.workload, 0, settled);
  const outcome = await visitHost(room, job, ready, signal);
  const order = outcome.outcome === "skipped" ? orderAfter(ready.workload.task, signal.aborted) : undefined;
  return order === undefined ? outcome : carryOut(room, job, ordered(ready, order), signal);
}

async function visitHost(
  room: TaskRoom,
  job: TaskJob,
  ready: ReadyTask,
  signal: AbortSignal,
): Promise<OutcomeMessage> {
  const { workload, connect } = ready;
  const leased = await connect(signal);
  if (!leased.ok) return unreached(room, workload, leased.error, signal);
  const lease = leased.value;
  try {
    const { ports, told } = runPorts(room, job, workload);
    const end = await runOnHost({
      lease,
      task: remoteTask(room, ready),
      connect,
      signal,
      log: room.log,
      prune: prunes(room, workload),
      ...defined({ lostTimeoutMs: workload.lostTimeoutMs, shells: room.shells }),
      ...ports,
    });
    await told();
    return outcomeOf(room, workload, lease.connectMs, end);
  } finally {
    lease.release();
  }
}

interface Asked {
  /** Absent where it could not be read or was not believed. */
  readonly workload?: OwnedWorkload | undefined;
  readonly signer?: Signer | undefined;
}

/** Of this submission, also where the answer was kept for an earlier one; it stands in the audit log. */
function answered(
  room: TaskRoom,
  { functionName, unique }: TaskJob,
  { workload, signer }: Asked,
  ended: OutcomeMessage,
): TaskAnswer {
  const outcome = { ...ended, ...defined({ submission: workload?.task?.submission }) };
  const login = workload === undefined ? undefined : (workload.user ?? doorOf(room, workload)?.user);
  room.audit?.write({ functionName, unique, outcome, workload, signer, login }, new Date());
  return { outcome };
}
