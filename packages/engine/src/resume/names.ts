import { stageId } from "@roadrunner/core";

/** What names a task in run events. */
export interface Names {
  readonly slot: number;
  readonly job: string;
  readonly host: string;
  readonly stage?: string | undefined;
  readonly at?: string | undefined;
}

/** Of a stage it is the stage's, else the host's. */
export function nameKey(task: Names): string {
  const { stage, at } = task;
  return stage === undefined ? hostKey(task) : `${hostKey(task)}/${stageId({ stage, at })}`;
}

/** Of the host, whatever the stage. */
export function hostKey(task: Names): string {
  return `${task.slot}/${task.job}/${task.host}`;
}
