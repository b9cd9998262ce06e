/**
 * `first`, `first + step`, … up to `last`, each written with at least `width` digits (0: no padding).
 * Big integers, because serial numbers beyond 64 bits occur in names.
 */
export interface NumberRange {
  readonly first: bigint;
  readonly last: bigint;
  readonly step: bigint;
  readonly width: number;
}

/** What stands between `[` and `]`; never empty. */
export type Bracket = readonly NumberRange[];

/** How many numbers are written, a repeated one counted each time; may be beyond exact integers, up to Infinity. */
export function countNumbers(bracket: Bracket): number {
  let count = 0;
  for (const { first, last, step } of bracket) count += Number((last - first) / step) + 1;
  return count;
}

/** Calls `visit` with each number's digits, in written order, until it returns false; tells whether it never did. */
export function eachNumber(bracket: Bracket, visit: (digits: string) => boolean): boolean {
  for (const { first, last, step, width } of bracket) {
    if (last <= BigInt(Number.MAX_SAFE_INTEGER)) {
      const end = Number(last);
      // A step beyond exact integers is beyond `end` as well: one number.
      const by = Number(step);
      for (let number = Number(first); number <= end; number += by) {
        const digits = String(number);
        if (!visit(width > digits.length ? digits.padStart(width, "0") : digits)) return false;
      }
    } else {
      for (let number = first; number <= last; number += step) {
        if (!visit(String(number).padStart(width, "0"))) return false;
      }
    }
  }
  return true;
}

/** The digits of the longest number, of several such the largest. */
export function longestNumber(bracket: Bracket): string {
  let longest = "";
  for (const { first, last, step, width } of bracket) {
    const digits = String(last - ((last - first) % step)).padStart(width, "0");
    if (digits.length > longest.length || (digits.length === longest.length && digits > longest)) {
      longest = digits;
    }
  }
  return longest;
}

/** The digits of a number that begins with a zero and has more digits, if there is one. */
export function zeroPaddedNumber(bracket: Bracket): string | undefined {
  for (const { first, width } of bracket) {
    const digits = String(first);
    if (digits.length < width) return digits.padStart(width, "0");
  }
  return undefined;
}
