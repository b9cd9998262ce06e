import type { JobStanding } from "@roadrunner/engine/story";

/** `upgrade`, and of a job that undoes it `undo of upgrade`. */
export function jobTitle({ name, undoes }: Pick<JobStanding, "name" | "undoes">): string {
  return undoes === undefined ? name : `undo of ${undoes}`;
}
