import { z } from "zod";
import type { Result } from "../../errors.ts";
import { quote } from "../source/visible.ts";

/** A zod `error` option: one sentence for every way in which the value can be wrong. */
interface Saying {
  readonly error: (issue: { readonly input?: unknown }) => string;
}

/** "must be … , not …"; a missing field says what it would be. */
export function mustBe(what: string): Saying {
  return {
    error: ({ input }) =>
      input === undefined ? `is missing: ${what}` : `must be ${what}, not ${quote(input)}`,
  };
}

/** The parser of a small language knows best what is wrong with a text in it. */
export function explainedBy(parse: (input: unknown) => Result<unknown, string>, missing: string): Saying {
  return {
    error: ({ input }) => {
      if (input === undefined) return `is missing: ${missing}`;
      const parsed = parse(input);
      return parsed.ok ? `must be ${missing}, not ${quote(input)}` : parsed.error;
    },
  };
}

export function textOf(pattern: RegExp, what: string): z.ZodString {
  return z.string(mustBe(what)).regex(pattern, mustBe(what));
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  const quoted = values.map((value) => `"${value}"`);
  return z.enum(values, mustBe(`${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`));
}

export function yesOrNo(): z.ZodBoolean {
  return z.boolean(mustBe("true or false"));
}

/** Job, slot and secret names stand in ids, file names and messages. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
export const LONGEST_NAME = 64;
export const NAME_RULE = "1 to 64 letters, digits, _ . or -, beginning with a letter or digit";
export const POOL_PATTERN = /^[A-Za-z0-9_.-]{1,40}$/;
export const POOL_RULE = "1 to 40 letters, digits, _ . or -";

/** Also what a workload can carry, and sudo and ssh can take. */
export const USER_PATTERN = /^[A-Za-z0-9_.][A-Za-z0-9_.@\\-]{0,62}\$?$/;
export const USER_RULE = "a user name: letters, digits, _ . - @ \\, not beginning with -";

/** One line for people. */
export const TITLE_PATTERN = /^[^\s\p{Cc}\p{Cs}](?:[^\p{Cc}\p{Cs}]{0,98}[^\s\p{Cc}\p{Cs}])?$/u;
export const TITLE_RULE = "1 to 100 characters on one line";
