import type { JobStanding } from "@roadrunner/engine/story";

/** `, 4 changed`: only of a job whose hosts are asked whether they are so already. */
export function changedText({ changed }: Pick<JobStanding, "changed">, before = ", "): string {
  return changed === undefined ? "" : `${before}${changed.size} changed`;
}
