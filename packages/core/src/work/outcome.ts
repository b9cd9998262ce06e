/** How a task ended. The words are those of docs/glossary.md. */
export const OUTCOMES = [
  "ok",
  "failed",
  "timedOut",
  "unreachable",
  "refused",
  "unknown",
  "cancelled",
  "skipped",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The outcomes that count against a job; `skipped` and `cancelled` are neither ok nor failures. */
export const FAILURES = ["failed", "timedOut", "unreachable", "refused", "unknown"] as const;
export type Failure = (typeof FAILURES)[number];

export function isFailure(outcome: Outcome): outcome is Failure {
  return (FAILURES as readonly string[]).includes(outcome);
}

/** Whose fault an outcome other than `ok` is. */
export const BLAMES = ["host", "worker", "submission"] as const;
export type Blame = (typeof BLAMES)[number];
