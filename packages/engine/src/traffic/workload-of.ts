import {
  defined,
  hostAt,
  jobAt,
  stageAt,
  workAt,
  slotNumber,
  taskNames,
  WIRE_VERSION,
  type RunPlan,
  type TaskRef,
  type Workload,
  type WrittenWorkload,
} from "@roadrunner/core";

import type { Stamp } from "../protect/tenure.ts";

export interface Submission {
  readonly run: string;
  /** This process's id. */
  readonly client: string;
  /** Fresh for each submission. */
  readonly nonce: string;
  /** Whether somebody watches the output as it comes. */
  readonly live: boolean;
  /** An earlier submission of the attempt. */
  readonly again?: NonNullable<Workload["task"]>["again"];
  /** How long a worker asks the host of a lost command again. */
  readonly lostTimeoutMs: number;
  /** Values of the flow's secret parameters. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly order?: "run" | "withdraw" | "kill" | undefined;
  /** Of a run that others may take over. */
  readonly stamp?: Stamp | undefined;
  /** Variables whose values are outputs of earlier jobs. */
  readonly taken: Readonly<Record<string, string>>;
}

/** Where a task of the plan runs, and as whom, and which one it is. */
export function placeOf(plan: RunPlan, task: TaskRef) {
  const job = jobAt(plan, task);
  const stage = stageAt(plan, task);
  const { host: target, at } = taskNames(plan, task);
  const { name, address, port, user, transport, env } = hostAt(plan, task);
  return {
    host: name,
    ...{ address, port, user: stage?.user ?? user, transport },
    env: stage?.env === undefined ? env : { ...env, ...stage.env },
    task: {
      slot: slotNumber(plan, task),
      job: job.name,
      target: at === undefined ? undefined : target,
      stage: stage?.name,
    },
  };
}

/** The workload of one submission of one task of the plan. */
export function workloadOf(plan: RunPlan, task: TaskRef, submission: Submission): WrittenWorkload {
  const { host, address, port, user, transport, env: plain, task: names } = placeOf(plan, task);
  const env = jobAt(plan, task).envFrom === undefined ? plain : { ...plain, ...submission.taken };
  const { slot, job, target, stage } = names;
  return {
    ...workAt(plan, task),
    v: WIRE_VERSION,
    host,
    ...defined({ address, port, user, transport, env }),
    ...defined({ secretParams: submission.secrets }),
    lostTimeoutMs: submission.lostTimeoutMs,
    ...(submission.live ? { live: true } : {}),
    task: {
      run: submission.run,
      slot,
      job,
      attempt: task.attempt,
      client: submission.client,
      submission: submission.nonce,
      ...defined({ target, stage, again: submission.again, order: submission.order }),
      ...submission.stamp,
    },
  };
}
