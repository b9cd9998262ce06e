import type { Work } from "@roadrunner/core";

export type Check = NonNullable<Work["check"]>;

/** When things happened, by one clock in milliseconds. */
export interface CheckTimes {
  readonly beganMs: number;
  /** When it was asked last. */
  readonly askedMs: number;
  readonly nowMs: number;
  /** Since when all answers were yes; undefined: the last one was no. */
  readonly okSinceMs: number | undefined;
}

/**
 * What follows an answer: it is healthy when the answers have been yes for `stable`; else it is asked again `every` after
 * it was asked last, as long as that is before `within` is over.
 */
export function afterAnswer(
  { everyMs, stableMs, withinMs }: Check,
  { beganMs, askedMs, nowMs, okSinceMs }: CheckTimes,
):
  { readonly type: "healthy" } | { readonly type: "over" } | { readonly type: "ask"; readonly inMs: number } {
  if (okSinceMs !== undefined && nowMs - okSinceMs >= stableMs) return { type: "healthy" };
  const stableAtMs = okSinceMs === undefined ? Infinity : okSinceMs + stableMs;
  // The moment at which it has been well for long enough is asked for, and not passed over.
  const nextMs = Math.max(nowMs, Math.min(askedMs + everyMs, stableAtMs));
  return nextMs >= beganMs + withinMs ? { type: "over" } : { type: "ask", inMs: nextMs - nowMs };
}
