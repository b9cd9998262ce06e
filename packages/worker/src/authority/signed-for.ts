import { isGateFunction, type GateQuestion, type Workload } from "@roadrunner/core";
import {
  planTimeFault,
  questionPlanFault,
  taskPlanFault,
  type CheckedMessage,
} from "@roadrunner/core/signing";
import { clientOf, ownerOf, personOf, type OwnedWorkload } from "./owner.ts";
import { questionUnique, submissionUnique } from "./submission-unique.ts";

/** Whether a message is what it was signed as, and came where it belongs. */

export const OTHER_RUN = "it was signed for another run";

/** The workload of a signed message, if it is of the run and the submission that were signed for; else why not. */
export function owned(workload: Workload, signed: CheckedMessage): OwnedWorkload | string {
  const { task, host } = workload;
  if (task === undefined) return "it names no task: a signed submission is one of a run";
  if (task.run !== signed.run) return OTHER_RUN;
  if (submissionUnique(task, host) !== signed.unique) return "it was signed for another task";
  return {
    ...workload,
    task: { ...task, client: clientOf(task.client, signed) },
    owner: ownerOf(signed),
    person: personOf(signed),
  };
}

/** Why a gate's question is not of the run and the submission that were signed for. */
export function foreignFault(question: GateQuestion, signed: CheckedMessage): string | undefined {
  if (question.gate.run !== signed.run) return OTHER_RUN;
  return questionUnique(question) === signed.unique ? undefined : "it was signed for another ask of a gate";
}

/** A gate's check has places of its own: as a task it would go past those of tasks, and a task past its own. */
export function misplacedFault({ task }: Workload, functionName: string): string | undefined {
  const isOfGate = task?.gate !== undefined;
  if (isOfGate === isGateFunction(functionName)) return undefined;
  return isOfGate
    ? `what a gate asks is not taken as ${functionName}`
    : `${functionName} takes what gates ask, and no tasks`;
}

/**
 * Why a task of a run that is carried for its operator is not what that one signed. What only ends a task, or learns how it
 * ended, may come when the signed plan has expired.
 */
export function plannedFault(
  { task }: Workload,
  { body, carried }: CheckedMessage,
  nowMs: number,
): string | undefined {
  if (carried === undefined) return undefined;
  const { plan, proof } = carried;
  const starts = task?.order === undefined || task.order === "run";
  return taskPlanFault(body, proof, plan) ?? (starts ? planTimeFault(plan, nowMs) : undefined);
}

/** The same of a gate's question. */
export function plannedQuestionFault(
  question: GateQuestion,
  { carried }: CheckedMessage,
  nowMs: number,
): string | undefined {
  if (carried === undefined) return undefined;
  const { plan, proof } = carried;
  return questionPlanFault(question, proof, plan) ?? planTimeFault(plan, nowMs);
}
