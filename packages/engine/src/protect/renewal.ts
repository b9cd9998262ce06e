import { CERTIFICATE_LIFE_MS } from "@roadrunner/core/signing";

/** When a run is signed anew. */

/** A renewal that fails is tried again after this part of the time that the last one serves. */
const TRY_PARTS = 24;
const TELL_PARTS = 6;
const LEAST_BETWEEN_TRIES_MS = 60_000;

export interface Serving {
  readonly issuedMs: number;
  /** End of the operator's own certificate, where there is one. */
  readonly validBeforeMs?: number | undefined;
}

/** Until when workers take what was signed: for a day, and no longer than the operator's own certificate. */
export function servesUntilMs({ issuedMs, validBeforeMs = Number.POSITIVE_INFINITY }: Serving): number {
  return Math.min(issuedMs + CERTIFICATE_LIFE_MS, validBeforeMs);
}

/** After half of the time; each try may cost its operator a touch, so they are not often. */
export function isRenewalDue(serving: Serving, triedMs: number | undefined, nowMs: number): boolean {
  const { issuedMs } = serving;
  const forMs = servesUntilMs(serving) - issuedMs;
  if (nowMs < issuedMs + forMs / 2) return false;
  return triedMs === undefined || nowMs - triedMs >= Math.max(forMs / TRY_PARTS, LEAST_BETWEEN_TRIES_MS);
}

/** A run that may well end in time needs no word about the end of its operator's certificate. */
export function isNearItsEnd(serving: Serving, nowMs: number): boolean {
  const untilMs = servesUntilMs(serving);
  return untilMs - nowMs <= (untilMs - serving.issuedMs) / TELL_PARTS;
}

/** Whether another signature would serve for longer than this one. */
export function wouldServeLonger(serving: Serving, next: Serving): boolean {
  return servesUntilMs(next) > servesUntilMs(serving);
}
