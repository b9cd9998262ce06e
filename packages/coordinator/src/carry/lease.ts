/** What the store gives an owner, from each renewal on. */
export const LEASE_MS = 20_000;
const RENEW_EVERY_MS = 5000;
/** After a renewal that the store did not answer. */
const RENEW_AGAIN_MS = 1000;
const CLAIM_EVERY_MS = 5000;

/** One moment, by this box's clock and by one that never goes back. */
export interface Moment {
  readonly wallMs: number;
  readonly steadyMs: number;
}

/**
 * Until when a run is ours for certain, by this box's clock: the lease counts from the moment just before the renewal was
 * asked for. A clock that was set back does not make it longer. Whole milliseconds, as workloads have them.
 */
export function heldUntilMs(asked: Moment, now: Moment): number {
  const left = LEASE_MS - (now.steadyMs - asked.steadyMs);
  return Math.floor(Math.min(asked.wallMs + LEASE_MS, now.wallMs + left));
}

/** How the turns of renewing and taking over stand; times of the steady clock, in milliseconds. */
export interface Turns {
  /** When leases were asked for last, and whether the store answered. */
  readonly renewedMs: number;
  readonly answered: boolean;
  readonly claimedMs: number;
  /** Runs that are carried here. */
  readonly carried: number;
  /** It carries so many at most. */
  readonly most: number;
}

export type Turn =
  | { readonly kind: "renew" }
  | { readonly kind: "claim"; readonly limit: number }
  | { readonly kind: "wait"; readonly ms: number };

/** At most so many runs are taken over at once: others want some too, and each is read as a whole. */
const CLAIM_AT_ONCE = 10;

/** What is to be done next: leases that are there go before what could be taken over. */
export function nextTurn(turns: Turns, nowMs: number): Turn {
  const { renewedMs, answered, claimedMs, carried, most } = turns;
  const renewInMs =
    carried === 0
      ? Number.POSITIVE_INFINITY
      : renewedMs + (answered ? RENEW_EVERY_MS : RENEW_AGAIN_MS) - nowMs;
  if (renewInMs <= 0) return { kind: "renew" };
  const free = most - carried;
  const claimInMs = free <= 0 ? Number.POSITIVE_INFINITY : claimedMs + CLAIM_EVERY_MS - nowMs;
  if (claimInMs <= 0) return { kind: "claim", limit: Math.min(free, CLAIM_AT_ONCE) };
  return { kind: "wait", ms: Math.min(renewInMs, claimInMs, RENEW_AGAIN_MS) };
}
