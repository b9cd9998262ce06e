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

/** The workload of one submission of one task of the plan. */
export function workloadOf(plan: RunPlan, task: TaskRef, submission: Submission): WrittenWorkload {
  const job = jobAt(plan, task);
  const stage = stageAt(plan, task);
  const { host: target, at } = taskNames(plan, task);
  const host = hostAt(plan, task);
  const plain = stage?.env === undefined ? host.env : { ...host.env, ...stage.env };
  const env = job.envFrom === undefined ? plain : { ...plain, ...submission.taken };
  return {
    ...workAt(plan, task),
    v: WIRE_VERSION,
    host: host.name,
    ...defined({
      address: host.address,
      port: host.port,
      user: stage?.user ?? host.user,
      transport: host.transport,
      env,
    }),
    ...defined({ secretParams: submission.secrets }),
    lostTimeoutMs: submission.lostTimeoutMs,
    ...(submission.live ? { live: true } : {}),
    task: {
      run: submission.run,
      slot: slotNumber(plan, task),
      job: job.name,
      attempt: task.attempt,
      client: submission.client,
      submission: submission.nonce,
      ...(at === undefined ? {} : { target }),
      ...defined({ stage: stage?.name, again: submission.again, order: submission.order }),
      ...submission.stamp,
    },
  };
}
