import type { OutcomeMessage } from "@roadrunner/core";

/**
 * A job server gives a job to a second worker when it loses the first, or to the first again. Whether this answer
 * says "never started" of the second delivery, while the first may have started it; `startedBy` are the workers that
 * said they start it, once for each delivery. Only the record can tell then. Where one worker said so and answers,
 * the delivery is taken to be the same one.
 */
export function hidesFirstDelivery(
  { outcome, worker }: Pick<OutcomeMessage, "outcome" | "worker">,
  startedBy: readonly string[],
): boolean {
  if (outcome !== "skipped" && outcome !== "unreachable" && outcome !== "refused") return false;
  return startedBy.length > 1 || startedBy.some((other) => other !== worker);
}
