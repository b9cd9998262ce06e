import type { Outcome } from "../work/outcome.ts";

/** How a job, a slot or a run ended. */
export type Verdict = "succeeded" | "failed" | "cancelled";

export type OutcomeCounts = Readonly<Record<Outcome, number>>;
