import type { HostBoot, OutcomeMessage, TaskEnd, TaskReport } from "@roadrunner/core";
import { MAX_SKEW_MS } from "@roadrunner/core/signing";

/** What the outcome says of the attempt. */
export type SubmissionEnd = { readonly warning?: string } & (
  | {
      readonly type: "ended";
      readonly end: TaskEnd;
      readonly report: TaskReport;
      /** Whether it answers the earlier submissions as well; else these are asked about still. */
      readonly settled: boolean;
      /** The host has a record of it that is another's: whoever signed for that may ask. */
      readonly otherRecord?: true;
    }
  | {
      readonly type: "lost";
      readonly reason: string;
      readonly answered?: true;
      /** The answer was none, or cannot be; `misdirected` where it is another submission's. */
      readonly disbelieved?: "unread" | "misdirected";
    }
  /** It was right, but came too late to be taken: another one is made instead of it. */
  | { readonly type: "expired"; /** The worker's clock is so far before ours. */ readonly aheadMs?: number }
  /** Nothing was started, and nothing was before: its host has been the same all the time. It may start there. */
  | { readonly type: "same"; readonly boot: HostBoot }
);

export function lost(reason: string): Extract<SubmissionEnd, { type: "lost" }> {
  return { type: "lost", reason, answered: true };
}

/** Until when a submission may be taken, milliseconds since the epoch by our clock. */
interface Times {
  /** As it was signed or sealed. */
  readonly wrapped: { readonly takenUntilMs?: number | undefined };
  /** As its owner's lease says. */
  readonly notAfterMs?: number;
}

type Answer = Pick<OutcomeMessage, "notTaken" | "worker" | "clockMs">;

/** What follows where a worker took a right submission for one of no use; undefined: its outcome says all. */
export function notTaken(
  { notTaken: why, worker, clockMs }: Answer,
  { wrapped: { takenUntilMs }, notAfterMs }: Times,
  wallMs: number,
): SubmissionEnd | undefined {
  if (why === "expired" && clockMs !== undefined && notAfterMs !== undefined)
    return afterLease(worker, clockMs, notAfterMs, wallMs);
  if (why === undefined || why === "unproved" || takenUntilMs === undefined) return undefined;
  if (why === "replayed") return lost("the job server gave it to one worker twice");
  // Asked for again as what is lost is, so that it is not done for ever where the clocks differ.
  if (why === "older")
    return lost(`worker ${worker} has started since, and takes it only if it is sent anew`);
  // By our own clock as well: a worker whose clock is wrong would be asked for ever.
  return wallMs < takenUntilMs ? undefined : { type: "expired" };
}

/** The lease of the run's owner was over by the worker's clock, which may be before ours. */
function afterLease(worker: string, clockMs: number, notAfterMs: number, wallMs: number): SubmissionEnd {
  if (wallMs >= notAfterMs) return { type: "expired" };
  const aheadMs = clockMs - wallMs;
  // What is sent from now on allows for it, so that this is not said for ever.
  if (clockMs >= notAfterMs && aheadMs <= MAX_SKEW_MS) return { type: "expired", aheadMs };
  const seconds = Math.round(aheadMs / 1000);
  return lost(
    `worker ${worker} says that it came too late, and it did not: the clocks differ by ${seconds} s; set both by one time server`,
  );
}
