import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { DASH_FAULT, isWhiteSpace, TYPOGRAPHIC_DASH } from "./characters.ts";
import { MAX_NAME_LENGTH, shorten } from "./host-name.ts";
import type { Bracket, NumberRange } from "./number-ranges.ts";
import { numberRange } from "./number-ranges.ts";
import type { Fault, HostExpressionProblem, Span } from "../problem.ts";
import { failAt } from "../problem.ts";

const RANGE = /^(\d+)(?:[ \t]*-[ \t]*(\d+)(?:[ \t]*\/[ \t]*(\d+))?)?$/;

/** Reads what stands between `[` and `]`: numbers, ranges and ranges with a step, separated by commas. */
export function parseBracket(text: string, inside: Span): Result<Bracket, HostExpressionProblem> {
  const ranges: NumberRange[] = [];
  let start = inside.start;
  for (const written of text.slice(inside.start, inside.end).split(",")) {
    const end = start + written.length;
    const part = trim(text, { start, end });
    const range = parseRange(text.slice(part.start, part.end));
    if (!range.ok) {
      // Of a missing number the fault is at the bracket or comma that should follow it.
      return failAt(part.start === part.end ? { start: end, end: end + 1 } : part, range.error);
    }
    ranges.push(range.value);
    start = end + 1;
  }
  return succeed(ranges);
}

/** The span without the white space at its ends. */
export function trim(text: string, { start, end }: Span): Span {
  let from = start;
  let to = end;
  while (from < to && isWhiteSpace(text[from])) from += 1;
  while (to > from && isWhiteSpace(text[to - 1])) to -= 1;
  return { start: from, end: to };
}

function parseRange(part: string): Result<NumberRange, Fault> {
  const [, first = "", last = first, step] = RANGE.exec(part) ?? [];
  if (first === "") return fail(malformed(part));
  const fault = numbersFault(first, last, step);
  if (fault) return fail(fault);
  const range = numberRange(first, last, step ?? "1", isPadded(first) ? first.length : 0);
  if (range.first > range.last) {
    return fail({ message: `the range ${shorten(part)} runs backwards`, hint: `write ${last}-${first}` });
  }
  return succeed(range);
}

function numbersFault(first: string, last: string, step: string | undefined): Fault | undefined {
  if (Math.max(first.length, last.length, step?.length ?? 0) > MAX_NAME_LENGTH) {
    return { message: `a number of more than ${MAX_NAME_LENGTH} digits fits into no host name` };
  }
  if ((isPadded(first) || isPadded(last)) && first.length !== last.length) {
    return {
      message: `the ends of ${first}-${last} are padded to different widths`,
      hint: `write both with ${Math.max(first.length, last.length)} digits, or both without leading zeros`,
    };
  }
  if (step !== undefined && /^0+$/.test(step)) return { message: "a step of 0", hint: "a step is 1 or more" };
  return undefined;
}

function isPadded(digits: string): boolean {
  return digits.length > 1 && digits.startsWith("0");
}

function malformed(part: string): Fault {
  if (part === "") return { message: "a number is missing", hint: "such as db[1-3] or db[1,3]" };
  if (part.includes("[")) {
    return {
      message: "brackets cannot stand in brackets",
      hint: "write them one after the other: db[1-2][3-4]",
    };
  }
  if (TYPOGRAPHIC_DASH.test(part)) return DASH_FAULT;
  if (/^-|-[ \t]*-/.test(part)) {
    return { message: "negative numbers are not supported", hint: "a range is first-last, such as 1-3" };
  }
  if (/\/[ \t]*-/.test(part)) return { message: "a negative step", hint: "a step is 1 or more" };
  if (/^\d+[ \t]*\//.test(part)) {
    return { message: "a step on a single number", hint: "a step follows a range, such as 1-9/2" };
  }
  if (/[-/]$/.test(part)) return { message: `"${shorten(part)}" lacks its last number` };
  if (/^[\d \t]+$/.test(part)) {
    return { message: "white space between numbers", hint: "separate them with a comma" };
  }
  return {
    message: `"${shorten(part)}" is not a range of numbers`,
    hint: "brackets hold decimal numbers and ranges, such as [1-3,7,10-20/2]",
  };
}
