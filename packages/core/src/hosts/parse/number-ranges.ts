interface Steps<Integer> {
  readonly first: Integer;
  readonly last: Integer;
  readonly step: Integer;
  /** Each number is written with at least so many digits; 0: no padding. */
  readonly width: number;
}

/**
 * `first`, `first + step`, … up to `last`. Big integers serve only numbers beyond exact doubles: serial
 * numbers of that size occur in names, but a list of a million small ones must stay cheap.
 */
export type NumberRange =
  ({ readonly isBig: false } & Steps<number>) | ({ readonly isBig: true } & Steps<bigint>);

/** What stands between `[` and `]`; never empty. */
export type Bracket = readonly NumberRange[];

/** The digits of numbers up to here are exact as doubles, sums of two such as well. */
const MAX_EXACT_DIGITS = 15;

/** A range as it is written, in digits. */
export function numberRange(first: string, last: string, step: string, width: number): NumberRange {
  return Math.max(first.length, last.length, step.length) <= MAX_EXACT_DIGITS
    ? { isBig: false, first: Number(first), last: Number(last), step: Number(step), width }
    : { isBig: true, first: BigInt(first), last: BigInt(last), step: BigInt(step), width };
}

/** How many numbers are written, a repeated one counted each time; may be beyond exact integers, up to Infinity. */
export function countNumbers(bracket: Bracket): number {
  let count = 0;
  for (const range of bracket) {
    const steps = range.isBig
      ? Number((range.last - range.first) / range.step)
      : Math.floor((range.last - range.first) / range.step);
    count += steps + 1;
  }
  return count;
}

/** Calls `visit` with each number's digits, in written order, until it returns false; tells whether it never did. */
export function eachNumber(bracket: Bracket, visit: (digits: string) => boolean): boolean {
  for (const range of bracket) {
    if (range.isBig) {
      for (let number = range.first; number <= range.last; number += range.step) {
        if (!visit(String(number).padStart(range.width, "0"))) return false;
      }
    } else {
      for (let number = range.first; number <= range.last; number += range.step) {
        if (!visit(String(number).padStart(range.width, "0"))) return false;
      }
    }
  }
  return true;
}

/** Whether each range begins above the end of the one before it, so that no number is written twice. */
export function isAscending(bracket: Bracket): boolean {
  return bracket.every(({ first }, index) => first > (bracket[index - 1]?.last ?? -1));
}

/** The digits of the longest number, of several such the largest. */
export function longestNumber(bracket: Bracket): string {
  let longest = "";
  for (const range of bracket) {
    const last = range.isBig
      ? range.last - ((range.last - range.first) % range.step)
      : range.last - ((range.last - range.first) % range.step);
    const digits = String(last).padStart(range.width, "0");
    if (digits.length > longest.length || (digits.length === longest.length && digits > longest)) {
      longest = digits;
    }
  }
  return longest;
}

/** The digits of a number that begins with a zero and has more digits, if there is one. */
export function zeroPaddedNumber(bracket: Bracket): string | undefined {
  const padded = bracket.find(({ first, width }) => width > 0 && String(first).length < width);
  return padded && String(padded.first).padStart(padded.width, "0");
}
