import { fail, isFailure, OUTCOMES, succeed, type Outcome, type Result } from "@roadrunner/core/cli";

/** All that it can name. */
export const RETRYABLE = OUTCOMES.filter(isRetryable);

/** What `--retry` names: `failed,unreachable`. */
export function parseRetry(text: string): Result<readonly Outcome[], string> {
  const outcomes: Outcome[] = [];
  for (const word of text.split(",").map((part) => part.trim())) {
    const outcome = OUTCOMES.find((known) => known === word);
    if (outcome === undefined || !isRetryable(outcome)) {
      return fail(`${JSON.stringify(word)} is not one of ${RETRYABLE.join(", ")}`);
    }
    outcomes.push(outcome);
  }
  return succeed(outcomes);
}

function isRetryable(outcome: Outcome): boolean {
  return isFailure(outcome) || outcome === "cancelled";
}
