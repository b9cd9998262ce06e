import { MAX_NAME_LENGTH } from "./host-name.ts";

/**
 * Digits as a number that keeps their padding: a 1 and then the digits. Codes are ordered by length and then
 * by value; those that no double holds exactly are big integers.
 */
export type Code = number | bigint;

/** With the 1 before them still an exact double. */
const MAX_EXACT_DIGITS = 15;

function codeOf(digits: string): Code {
  return digits.length <= MAX_EXACT_DIGITS ? Number(`1${digits}`) : BigInt(`1${digits}`);
}

export function digitsOf(code: Code): string {
  return String(code).slice(1);
}

/** A name taken apart: a text, a number, a text, … with a text at either end. */
export interface SplitName {
  readonly texts: readonly string[];
  readonly codes: readonly Code[];
}

/** Finds the numbers of a host's name; those of its user and its port belong to the texts. */
export function splitNumbers(name: string): SplitName {
  const texts: string[] = [];
  const codes: Code[] = [];
  const end = name.length > MAX_NAME_LENGTH ? 0 : endOfName(name);
  let textStart = 0;
  for (let at = name.lastIndexOf("@") + 1; at < end; at += 1) {
    if (!isDigit(name.charCodeAt(at))) continue;
    const start = at;
    while (at < end && isDigit(name.charCodeAt(at))) at += 1;
    texts.push(name.slice(textStart, start));
    codes.push(codeOf(name.slice(start, at)));
    textStart = at;
  }
  texts.push(name.slice(textStart));
  return { texts, codes };
}

/** The port of `name:port` or `[IPv6 literal]:port`. */
const PORT = /(?:^[^:]*|\])(:\d+)$/;

function endOfName(name: string): number {
  return name.length - (name.includes(":") ? (PORT.exec(name)?.[1]?.length ?? 0) : 0);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
