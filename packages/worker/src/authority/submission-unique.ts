import { namesOf, taskId, uniqueOf, type WorkloadTask } from "@roadrunner/core";
import { keyOf } from "@roadrunner/core/signing";

/** The Gearman unique under which a submission of this task must come. */
export function submissionUnique(task: WorkloadTask, host: string): string {
  return uniqueOf(keyOf(taskId(namesOf(task, host))), task.submission);
}
