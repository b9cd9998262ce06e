import type { WorkloadTask } from "@roadrunner/core";
import type { OwnedWorkload } from "../../authority/owner.ts";
import type { RemoteEnd } from "../../program/remote-task.ts";
import type { SharedParts } from "../shared-parts.ts";
import { notStarted } from "../../verdict/evidence.ts";
import { killTask, withdrawTask } from "./ask-host.ts";
import { overtaken } from "./whose-run.ts";
import { remoteTask, type ReadyTask } from "./workload-task.ts";

type Order = Exclude<WorkloadTask["order"], undefined>;

/**
 * What is left to ask of a task that was held back here and had been asked for before: what the earlier submission did
 * only the record can tell, or, once it is killed, the end of what runs. Undefined: there was none, or that was asked.
 */
export function orderAfter(task: WorkloadTask | undefined, killed: boolean): Order | undefined {
  if (task?.again === undefined || task.order === "kill") return undefined;
  if (killed) return "kill";
  return task.order === "withdraw" ? undefined : "withdraw";
}

export function withOrder(workload: OwnedWorkload, order: Order): OwnedWorkload {
  return workload.task === undefined ? workload : { ...workload, task: { ...workload.task, order } };
}

export function ordered(ready: ReadyTask, order: Order): ReadyTask {
  return { ...ready, workload: withOrder(ready.workload, order) };
}

/** The end of a lost task that is not to start any more; undefined: run it, or wait for what runs. */
export async function settle(shared: SharedParts, ready: ReadyTask): Promise<RemoteEnd | undefined> {
  const refusal = overtaken(shared, ready.workload);
  if (refusal !== undefined) return notStarted(refusal);
  switch (ready.workload.task?.order) {
    case "withdraw":
      return withdrawTask(remoteTask(shared, ready), ready.connect);
    case "kill":
      return killTask(remoteTask(shared, ready), ready.connect);
    case "run":
    case undefined:
      return undefined;
  }
}
