import { gateId, namesOf, taskId, uniqueOf, type GateQuestion, type WorkloadTask } from "@roadrunner/core";
import { keyOf } from "@roadrunner/core/signing";

/** The Gearman unique under which a submission of this task must come. */
export function submissionUnique(task: WorkloadTask, host: string): string {
  return uniqueOf(keyOf(taskId(namesOf(task, host))), task.submission);
}

/** The same of a gate's question. */
export function questionUnique({ gate }: GateQuestion): string {
  return uniqueOf(keyOf(gateId(gate)), gate.submission);
}
