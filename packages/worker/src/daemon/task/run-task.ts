import { defined, type OutcomeMessage } from "@roadrunner/core";
import type { Claimed } from "@roadrunner/core/signing";
import type { OwnedWorkload, Signer } from "../../authority/owner.ts";
import { runOnHost } from "../../verdict/run-on-host.ts";
import type { RunningTasks } from "../memory/running-tasks.ts";
import type { TaskJob, SharedParts } from "../shared-parts.ts";
import { admit, doorOf, refused } from "./admit.ts";
import { finishesAlone, prunes } from "./delivery.ts";
import { orderAfter, ordered, settle } from "./order.ts";
import { bare, outcomeOf, unreached } from "./outcome.ts";
import { recall } from "./recall.ts";
import { askUntilHealthy } from "./check-host.ts";
import type { Check } from "./check-times.ts";
import { runPorts } from "./run-ports.ts";
import type { RunPorts } from "../../visit/run-request.ts";
import { notHis, overtaken } from "./whose-run.ts";
import { workKey } from "./work-key.ts";
import { prepare, remoteTask, type ReadyTask } from "./workload-task.ts";

export interface TaskAnswer {
  readonly outcome: OutcomeMessage;
  /** Of a task that was admitted, and whose answer serves whoever asks for it again: see `workKey`. */
  readonly key?: string;
  /** The rr-submit process that asked for it, by its own word. */
  readonly client?: string;
}

/**
 * A task's way: workload → admitted → recalled → prepared → leased → visited and judged → answered. Each step hands the
 * next one its value, or ends the way with the task's one outcome.
 */
export async function runTask(shared: SharedParts, job: TaskJob): Promise<TaskAnswer> {
  const admitted = admit(shared, job);
  if (!admitted.ok) return answered(shared, job, admitted.error, refused(shared, admitted.error));
  const { value: workload, signer } = admitted.value;
  try {
    const outcome = await runAdmitted(shared, job, workload);
    return {
      ...answered(shared, job, { workload, signer }, outcome),
      ...defined({ key: mayBeKept(shared, workload, outcome) ? workKey(workload) : undefined }),
    };
  } catch (error) {
    const bug = bare(shared, workload.host, { outcome: "unknown", blame: "worker", reason: String(error) });
    answered(shared, job, { workload, signer }, bug);
    throw error;
  }
}

/** Of a task that was left to the run's next owner nothing more is known than he can learn himself. */
function mayBeKept(shared: SharedParts, workload: OwnedWorkload, { outcome }: OutcomeMessage): boolean {
  return outcome !== "unknown" || overtaken(shared, workload) === undefined;
}

async function runAdmitted(
  shared: SharedParts,
  job: TaskJob,
  workload: OwnedWorkload,
): Promise<OutcomeMessage> {
  const recalled = await recall(shared, job, workload);
  if (!recalled.ok) return recalled.error;
  const ready = await prepare(shared, recalled.value);
  if (!ready.ok) return bare(shared, workload.host, { outcome: "refused", ...ready.error });
  const running = shared.running.begin(
    workload.task,
    finishesAlone(workload),
    workKey(workload),
    workload.host,
  );
  try {
    return await carryOut(shared, job, ready.value, running);
  } finally {
    running.done();
  }
}

/** See `RunRequest`. */
type Running = Pick<ReturnType<RunningTasks["begin"]>, "signal" | "revoked">;

/** Does what is ordered; what was held back, but asked for before, is asked about with the order that follows. */
async function carryOut(
  shared: SharedParts,
  job: TaskJob,
  ready: ReadyTask,
  running: Running,
): Promise<OutcomeMessage> {
  const settled = await settle(shared, ready);
  if (settled !== undefined) return outcomeOf(shared, ready.workload, 0, settled);
  const outcome = await (ready.workload.check === undefined
    ? visitHost(shared, job, ready, running)
    : checkHost(shared, job, ready, ready.workload.check, running));
  const killed = running.signal.aborted;
  const order = outcome.outcome === "skipped" ? orderAfter(ready.workload.task, killed) : undefined;
  return order === undefined ? outcome : carryOut(shared, job, ordered(ready, order), running);
}

/** It is started once, whatever its host answers; from then on it is asked as often as it takes. */
async function checkHost(
  shared: SharedParts,
  job: TaskJob,
  ready: ReadyTask,
  check: Check,
  running: Running,
): Promise<OutcomeMessage> {
  const { workload } = ready;
  const refusal = await runPorts(shared, job, workload).ports.beforeExec?.();
  if (refusal !== undefined) return bare(shared, workload.host, { blame: "submission", ...refusal });
  let isAsked = false;
  const beforeBody = () => {
    const notNow = isAsked ? overtaken(shared, workload) : notHis(shared, workload);
    isAsked ||= notNow === undefined;
    return notNow;
  };
  return askUntilHealthy(shared, {
    ...{ host: workload.host, check, ...running },
    ask: (limitMs) => {
      const timeoutMs = Math.min(limitMs, workload.timeoutMs ?? Infinity);
      return visitHost(shared, job, { ...ready, workload: { ...workload, timeoutMs } }, running, {
        beforeBody,
      });
    },
  });
}

/** @param own what is asked and told on the way; by default as of a command that is run once */
async function visitHost(
  shared: SharedParts,
  job: TaskJob,
  ready: ReadyTask,
  { signal, revoked }: Running,
  own?: RunPorts,
): Promise<OutcomeMessage> {
  const { workload, connect } = ready;
  const leased = await connect(signal);
  if (!leased.ok) return unreached(shared, workload, leased.error, signal);
  const lease = leased.value;
  try {
    const { ports, told } =
      own === undefined ? runPorts(shared, job, workload) : { ports: own, told: nothing };
    const end = await runOnHost({
      lease,
      task: remoteTask(shared, ready),
      connect,
      signal,
      revoked,
      log: shared.log,
      prune: prunes(shared, workload),
      ...defined({ lostTimeoutMs: workload.lostTimeoutMs, shells: shared.shells }),
      ...ports,
    });
    await told();
    if (workload.task === undefined && workload.live === true) job.status(1, 1);
    return outcomeOf(shared, workload, lease.connectMs, end);
  } finally {
    lease.release();
  }
}

async function nothing(): Promise<void> {}

interface Asked {
  /** Absent where it could not be read or was not believed. */
  readonly workload?: OwnedWorkload | undefined;
  readonly signer?: Signer | undefined;
  /** Of what was not believed. */
  readonly claimed?: Claimed | undefined;
}

/** Of this submission, also where the answer was kept for an earlier one; it stands in the audit log. */
function answered(
  shared: SharedParts,
  { functionName, unique }: TaskJob,
  { workload, signer, claimed }: Asked,
  ended: OutcomeMessage,
): TaskAnswer {
  const outcome = { ...ended, ...defined({ submission: workload?.task?.submission }) };
  const login = workload === undefined ? undefined : (workload.user ?? doorOf(shared, workload)?.user);
  shared.audit?.write({ functionName, unique, outcome, workload, signer, claimed, login }, new Date());
  return { outcome, ...defined({ client: workload?.task?.client }) };
}
