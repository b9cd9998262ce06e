import { formatAmount, limitOf, needOf, placesOf } from "./amount.ts";
import type { Amount } from "./plan.ts";

/** How an amount came to its number, to be read by whoever checks it: "ceil(80% of 11) = 9". */
export function needArithmetic(amount: Amount, hosts: number): string {
  if (amount.kind === "count") return String(amount.count);
  return `ceil(${formatAmount(amount)} of ${hosts}) = ${needOf(amount, hosts)}`;
}

/** "floor(5% of 19) = 0". */
export function limitArithmetic(amount: Amount, hosts: number): string {
  if (amount.kind === "count") return String(amount.count);
  return `floor(${formatAmount(amount)} of ${hosts}) = ${limitOf(amount, hosts)}`;
}

/** "floor(30% of 10) = 3", "floor(1% of 10) = 0, so 1", "50, cut to 10". */
export function placesArithmetic(amount: Amount, hosts: number): string {
  const text = limitArithmetic(amount, hosts);
  const places = placesOf(amount, hosts);
  if (limitOf(amount, hosts) === places) return text;
  return amount.kind === "count" ? `${text}, cut to ${places}` : `${text}, so ${places}`;
}
