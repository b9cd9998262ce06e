import { MAX_NAME_LENGTH } from "../parse/host-name.ts";

/**
 * Digits as a number that keeps their padding: a 1 and then the digits. Codes are ordered by length and then
 * by value; those that no double holds exactly are big integers.
 */
export type Code = number | bigint;

/** With the 1 before them still an exact double. */
const MAX_EXACT_DIGITS = 15;

/** The code of the digits from `start` to `end`. */
function codeAt(name: string, start: number, end: number): Code {
  if (end - start > MAX_EXACT_DIGITS) return BigInt(`1${name.slice(start, end)}`);
  let code = 1;
  for (let at = start; at < end; at += 1) code = code * 10 + name.charCodeAt(at) - ZERO;
  return code;
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
    texts.push(name.slice(textStart, at));
    textStart = endOfDigits(name, at);
    codes.push(codeAt(name, at, textStart));
    at = textStart;
  }
  texts.push(name.slice(textStart));
  return { texts, codes };
}

/**
 * The same for a name that has these texts, without making anything new: writes the codes and tells whether
 * the texts are the name's.
 */
export function readNumbers(name: string, texts: readonly string[], codes: Code[]): boolean {
  if (name.length > MAX_NAME_LENGTH) return false;
  let at = 0;
  for (let index = 0; index < texts.length; index += 1) {
    const text = texts[index] ?? "";
    if (index > 0) {
      const end = endOfDigits(name, at);
      if (end === at) return false;
      codes[index - 1] = codeAt(name, at, end);
      at = end;
    }
    if (!name.startsWith(text, at)) return false;
    at += text.length;
  }
  return at === name.length;
}

/** The port of `name:port` or `[IPv6 literal]:port`. */
const PORT = /(?:^[^:]*|\])(:\d+)$/;

function endOfName(name: string): number {
  return name.length - (name.includes(":") ? (PORT.exec(name)?.[1]?.length ?? 0) : 0);
}

const ZERO = 0x30;

function isDigit(code: number): boolean {
  return code >= ZERO && code < ZERO + 10;
}

function endOfDigits(name: string, start: number): number {
  let end = start;
  while (isDigit(name.charCodeAt(end))) end += 1;
  return end;
}
