import type { Amount } from "../../src/rollout/plan/plan.ts";

/** What amounts come to, by integers alone: not as the machine works it out. */

export function exactNeed(amount: Amount, n: number): number {
  if (amount.kind === "count") return amount.count;
  return Number((BigInt(amount.hundredths) * BigInt(n) + 9999n) / 10_000n);
}

export function exactLimit(amount: Amount, n: number): number {
  if (amount.kind === "count") return amount.count;
  return Number((BigInt(amount.hundredths) * BigInt(n)) / 10_000n);
}

export function exactPlaces(amount: Amount, n: number): number {
  return Math.min(n, Math.max(1, exactLimit(amount, n)));
}
