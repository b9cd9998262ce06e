import { setTimeout as wait } from "node:timers/promises";
import { formatMs, type OutcomeMessage } from "@roadrunner/core";
import type { SharedParts } from "../shared-parts.ts";
import { afterAnswer, type Check } from "./check-times.ts";
import { bare } from "./outcome.ts";

interface Asking {
  readonly host: string;
  readonly check: Check;
  /** Asks once, for so long at most. */
  readonly ask: (limitMs: number) => Promise<OutcomeMessage>;
  /** Kills it. */
  readonly signal: AbortSignal;
  readonly revoked: AbortSignal;
}

/** Asks a host until it has said yes for long enough, or its time is over; a kill or a revocation ends the waiting at once. */
export async function askUntilHealthy(
  shared: Pick<SharedParts, "workerId">,
  { host, check, ask, signal, revoked }: Asking,
): Promise<OutcomeMessage> {
  const beganMs = performance.now();
  let okSinceMs: number | undefined;
  for (;;) {
    const askedMs = performance.now();
    const answer = await ask(Math.max(1, Math.ceil(beganMs + check.withinMs - askedMs)));
    const nowMs = performance.now();
    if (!isAnswer(answer)) return answer;
    okSinceMs = answer.outcome === "ok" ? (okSinceMs ?? nowMs) : undefined;
    const next = afterAnswer(check, { beganMs, askedMs, nowMs, okSinceMs });
    const durationMs = Math.round(nowMs - beganMs);
    if (next.type === "healthy") return { ...answer, durationMs };
    if (next.type !== "ask") return { ...notHealthy(answer, check), durationMs };
    const stopped = AbortSignal.any([signal, revoked]);
    await wait(next.inMs, undefined, { signal: stopped }).catch(() => undefined);
    if (signal.aborted) {
      const reason = "killed by a stop or the job's deadline";
      return bare(shared, host, { outcome: "cancelled", blame: "submission", reason });
    }
    if (revoked.aborted)
      return bare(shared, host, { outcome: "skipped", reason: "revoked before it was healthy" });
  }
}

/** A yes or a no. What a worker cannot ask, or was told not to, is neither. */
function isAnswer({ outcome, blame }: OutcomeMessage): boolean {
  if (outcome === "skipped" || outcome === "cancelled" || outcome === "refused") return false;
  return blame !== "worker";
}

function notHealthy(last: OutcomeMessage, { withinMs, stableMs }: Check): OutcomeMessage {
  const why =
    last.outcome === "ok" ? `it was well, but not for ${formatMs(stableMs)}` : (last.reason ?? last.outcome);
  const { exitCode, signal: _signal, mayBeRunning: _mayBeRunning, ...rest } = last;
  return {
    ...rest,
    outcome: "failed",
    blame: "host",
    reason: `not healthy within ${formatMs(withinMs)}: ${why}`,
    ...(exitCode === undefined || last.outcome === "ok" ? {} : { exitCode }),
  };
}
