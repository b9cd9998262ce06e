import { fail, succeed, type Result } from "../errors.ts";
import { parseDuration } from "../flow/duration.ts";
import type { OptionSpec } from "./options.ts";

/** Builders of option specs by the kind of their value. */

type Rest<T> = Partial<
  Pick<OptionSpec<T>, "group" | "alias" | "defaultText" | "valueOptional" | "repeated" | "choices" | "names">
>;

export function textOption(
  describe: string,
  rest?: Rest<string | undefined>,
): OptionSpec<string | undefined> {
  const parse = (text: string): Result<string, string> =>
    text === "" && rest?.valueOptional !== true ? fail("the value is empty") : succeed(text);
  return { describe, parse, default: undefined, defaultText: "", ...rest };
}

/** Texts, one each time the option is given. */
export function textsOption(
  describe: string,
  rest?: Rest<readonly string[] | undefined>,
): OptionSpec<readonly string[] | undefined> {
  const { parse } = textOption(describe);
  return {
    describe,
    parse: (text) => {
      const parsed = parse(text);
      return parsed.ok && parsed.value !== undefined ? succeed([parsed.value]) : fail("the value is empty");
    },
    repeated: joined,
    default: undefined,
    defaultText: "",
    ...rest,
  };
}

/** For `repeated`, of lists: given several times, they are one list, in which nothing stands twice. */
export function joined<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] {
  return [...new Set(lists.flatMap((list) => list ?? []))];
}

/** A comma-separated list. */
export function listOption(
  describe: string,
  rest?: Rest<readonly string[] | undefined>,
): OptionSpec<readonly string[] | undefined> {
  const parse = (text: string): Result<readonly string[], string> => {
    const items = text.split(",").map((item) => item.trim());
    return items.includes("") ? fail(`${quote(text)} has an empty item`) : succeed(items);
  };
  return { describe, parse, repeated: joined, default: undefined, defaultText: "", ...rest };
}

export function flagOption(describe: string, rest?: Rest<boolean>): OptionSpec<boolean> {
  const parse = (text: string): Result<boolean, string> => {
    if (["1", "true", "yes"].includes(text)) return succeed(true);
    if (["0", "false", "no", ""].includes(text)) return succeed(false);
    return fail(`${quote(text)} is neither true nor false`);
  };
  return { describe, parse, flag: true, default: false, defaultText: "", ...rest };
}

export function choiceOption<T extends string>(
  describe: string,
  choices: readonly [T, ...T[]],
  rest?: Rest<T> & { readonly default?: T },
): OptionSpec<T> {
  const parse = (text: string): Result<T, string> => {
    const found = choices.find((choice) => choice === text);
    return found === undefined ? fail(`${quote(text)} is not one of ${choices.join(", ")}`) : succeed(found);
  };
  const start = rest?.default ?? choices[0];
  return {
    describe: `${describe}: ${choices.join(", ")}`,
    parse,
    choices,
    default: start,
    defaultText: start,
    ...rest,
  };
}

/** As `choiceOption`; where it is not written, something else decides. */
export function optionalChoiceOption<T extends string>(
  describe: string,
  choices: readonly [T, ...T[]],
  rest?: Rest<T | undefined>,
): OptionSpec<T | undefined> {
  const { parse, describe: described } = choiceOption(describe, choices);
  return { describe: described, parse, choices, default: undefined, defaultText: "", ...rest };
}

export function numberOption(
  describe: string,
  bounds: { readonly min: number; readonly max: number; readonly default: number },
  rest?: Rest<number>,
): OptionSpec<number> {
  const parse = (text: string): Result<number, string> => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= bounds.min && value <= bounds.max
      ? succeed(value)
      : fail(`${quote(text)} is not a whole number from ${bounds.min} to ${bounds.max}`);
  };
  return { describe, parse, default: bounds.default, defaultText: String(bounds.default), ...rest };
}

export function optionalNumberOption(
  describe: string,
  bounds: { readonly min: number; readonly max: number },
  rest?: Rest<number | undefined>,
): OptionSpec<number | undefined> {
  const { parse } = numberOption(describe, { ...bounds, default: bounds.min });
  return { describe, parse, default: undefined, defaultText: "none", ...rest };
}

const SIZE_UNITS = new Map([
  ["", 1],
  ["k", 1024],
  ["m", 1024 ** 2],
  ["g", 1024 ** 3],
]);

/** Bytes: `65536`, `64k`, `1M`, `1MiB`. */
export function sizeOption(
  describe: string,
  bounds: {
    readonly min: number;
    readonly max: number;
    readonly default: number;
    readonly defaultText: string;
  },
  rest?: Rest<number>,
): OptionSpec<number> {
  const parse = (text: string): Result<number, string> => {
    const match = /^(\d{1,12})\s*([kmg]?)(?:i?b)?$/i.exec(text);
    const bytes = Number(match?.[1]) * (SIZE_UNITS.get(match?.[2]?.toLowerCase() ?? "") ?? 1);
    if (Number.isNaN(bytes)) return fail(`${quote(text)} is not a size such as 65536, 64k or 1M`);
    return bytes >= bounds.min && bytes <= bounds.max
      ? succeed(bytes)
      : fail(`${quote(text)} is not between ${bounds.min} and ${bounds.max} bytes`);
  };
  return { describe, parse, default: bounds.default, defaultText: bounds.defaultText, ...rest };
}

/** An option whose text some other part of core reads. */
export function parsedOption<T>(
  describe: string,
  parse: (text: string) => Result<T, string>,
  start: { readonly value: T; readonly text: string },
  rest?: Rest<T>,
): OptionSpec<T> {
  return { describe, parse, default: start.value, defaultText: start.text, ...rest };
}

/** `90s`, `5m`, `1h30m`; the value is milliseconds. */
export function durationOption(describe: string, start: string, rest?: Rest<number>): OptionSpec<number> {
  const value = parseDuration(start);
  if (!value.ok) throw new Error(`bug: default duration ${start}: ${value.error}`);
  return { describe, parse: parseDuration, default: value.value, defaultText: start, ...rest };
}

export function optionalDurationOption(
  describe: string,
  rest?: Rest<number | undefined>,
): OptionSpec<number | undefined> {
  return { describe, parse: parseDuration, default: undefined, defaultText: "none", ...rest };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
