/**
 * Different numbers as digits, folded: `7`, or `[1-3,5,08-12]`. Ordered by length and then by value, so that
 * zero padding is kept apart: a run grows in length only from an unpadded number (`[9-10]`, but `[9,09-10]`).
 */
export function foldNumbers(numbers: readonly string[]): string {
  if (numbers.length === 1) return numbers[0] ?? "";
  const runs: string[] = [];
  let first = "";
  let last = "";
  for (const digits of inOrder(numbers)) {
    if (last !== "" && continues(first, last, digits)) {
      last = digits;
    } else {
      if (last !== "") runs.push(showRun(first, last));
      first = digits;
      last = digits;
    }
  }
  runs.push(showRun(first, last));
  return `[${runs.join(",")}]`;
}

function showRun(first: string, last: string): string {
  return first === last ? first : `${first}-${last}`;
}

function continues(first: string, last: string, digits: string): boolean {
  if (digits.length !== last.length) {
    const grows = digits.length === last.length + 1 && !digits.startsWith("0");
    if (!grows || (first.startsWith("0") && first.length > 1)) return false;
  }
  return digits.length <= MAX_EXACT_DIGITS
    ? Number(digits) === Number(last) + 1
    : BigInt(digits) === BigInt(last) + 1n;
}

/** Digits that a double holds exactly, with one more before them. */
const MAX_EXACT_DIGITS = 14;

/** By length, then by value. A 1 before the digits makes that the order of plain numbers. */
function inOrder(numbers: readonly string[]): readonly string[] {
  if (numbers.every((digits) => digits.length <= MAX_EXACT_DIGITS)) {
    const codes = Float64Array.from(numbers, (digits) => Number(`1${digits}`)).sort();
    return Array.from(codes, (code) => String(code).slice(1));
  }
  return numbers.toSorted((a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0));
}
