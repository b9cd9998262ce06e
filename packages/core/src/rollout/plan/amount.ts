import type { Amount } from "./plan.ts";

/** Shares are hundredths of a per cent; n hosts times 10,000 of them stay far below 2^53. */
const WHOLE = 10_000;

/** Hosts that must end ok: a share is ceil(p·n), so that 80% of 11 is 9; a number stands as written. */
export function needOf(amount: Amount, hosts: number): number {
  if (amount.kind === "count") return amount.count;
  const floor = floorShare(amount.hundredths, hosts);
  return (amount.hundredths * hosts) % WHOLE === 0 ? floor : floor + 1;
}

/** Hosts of one outcome that are put up with: floor, so that "5%" of 19 hosts is none. */
export function limitOf(amount: Amount, hosts: number): number {
  return amount.kind === "count" ? amount.count : floorShare(amount.hundredths, hosts);
}

/** Hosts at once, or in one step: floor, but at least 1 where there are hosts, and at most all of them. */
export function placesOf(amount: Amount, hosts: number): number {
  return Math.min(hosts, Math.max(1, limitOf(amount, hosts)));
}

/** "80%", "33.33%", "12". */
export function formatAmount(amount: Amount): string {
  if (amount.kind === "count") return String(amount.count);
  const whole = floorShare(amount.hundredths, 100);
  const part = String(amount.hundredths % 100)
    .padStart(2, "0")
    .replace(/0+$/, "");
  return part === "" ? `${whole}%` : `${whole}.${part}%`;
}

/** floor(share · hosts) without a float in between: the remainder goes before the division. */
function floorShare(hundredths: number, hosts: number): number {
  const product = hundredths * hosts;
  return (product - (product % WHOLE)) / WHOLE;
}
