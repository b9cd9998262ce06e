import type { Code } from "./written-numbers.ts";
import { digitsOf } from "./written-numbers.ts";

/**
 * At least one number, folded, repeated ones once: `7`, or `[1-3,5,08-12]`. A run grows in length only from
 * an unpadded number: `[9-10]`, but `[9,09-10]`.
 */
export function foldNumbers(codes: readonly Code[]): string {
  const [only = 0] = codes;
  if (codes.length === 1) return digitsOf(only);
  const runs: string[] = [];
  let first: Code | undefined;
  let last: Code = 0;
  for (const code of inOrder(codes)) {
    if (first === undefined) {
      first = code;
    } else if (code !== last && !continues(first, last, code)) {
      runs.push(showRun(first, last));
      first = code;
    }
    last = code;
  }
  if (first === undefined) return "";
  if (runs.length === 0 && first === last) return digitsOf(first);
  return `[${[...runs, showRun(first, last)].join(",")}]`;
}

function inOrder(codes: readonly Code[]): Iterable<Code> {
  if (isAllNumbers(codes)) return Float64Array.from(codes).sort();
  return codes.map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function isAllNumbers(codes: readonly Code[]): codes is readonly number[] {
  return codes.every((code) => typeof code === "number");
}

function continues(first: Code, last: Code, code: Code): boolean {
  if (code === (typeof last === "bigint" ? last + 1n : last + 1)) return true;
  const digits = digitsOf(last);
  const isLastOfLength = /^9+$/.test(digits);
  return isLastOfLength && digitsOf(code) === `1${"0".repeat(digits.length)}` && !/^0./.test(digitsOf(first));
}

function showRun(first: Code, last: Code): string {
  return first === last ? digitsOf(first) : `${digitsOf(first)}-${digitsOf(last)}`;
}
