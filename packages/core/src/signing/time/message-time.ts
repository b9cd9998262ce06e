import { MAX_SKEW_MS, MESSAGE_LIFE_MS, WARN_SKEW_MS } from "./limits.ts";

/** When a message was made and until when it may be taken, by its sender's clock. */
export interface MessageTime {
  readonly issuedMs: number;
  readonly notAfterMs: number;
}

export interface TimeFault {
  /** Completes "refused: ". */
  readonly reason: string;
  /** It was right once. */
  readonly expired?: true;
}

/** Why a message is not taken at this time. */
export function timeFault({ issuedMs, notAfterMs }: MessageTime, nowMs: number): TimeFault | undefined {
  if (notAfterMs - issuedMs > MESSAGE_LIFE_MS)
    return { reason: `it was signed for longer than ${MESSAGE_LIFE_MS / 60_000} minutes` };
  if (issuedMs > nowMs + MAX_SKEW_MS)
    return { reason: "it is dated in the future: compare the clocks of this worker and the client" };
  if (notAfterMs < nowMs - MAX_SKEW_MS)
    return { reason: `it expired at ${new Date(notAfterMs).toISOString()}`, expired: true };
  return undefined;
}

/** How far the clocks are apart, as far as it can be told, where it is much. */
export function skewOf({ issuedMs, notAfterMs }: MessageTime, nowMs: number): number | undefined {
  const aheadMs = issuedMs - nowMs;
  const behindMs = nowMs - notAfterMs;
  return aheadMs > WARN_SKEW_MS ? aheadMs : behindMs > WARN_SKEW_MS ? -behindMs : undefined;
}
