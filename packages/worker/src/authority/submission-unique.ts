import { createHash } from "node:crypto";
import { keyOfDigest, taskId, uniqueOf, type WorkloadTask } from "@roadrunner/core";

/** The Gearman unique under which a submission of this task must come. */
export function submissionUnique(task: WorkloadTask, host: string): string {
  const id = taskId({ ...task, host });
  return uniqueOf(keyOfDigest(createHash("sha256").update(id).digest()), task.submission);
}
