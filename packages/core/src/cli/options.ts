import type { Argv } from "yargs";
import { fail, succeed, type Result } from "../errors.ts";

/**
 * Command line options as a table: yargs checks the names, this checks the values. Each option is also read
 * from the environment (`--max-output` from `RR_MAX_OUTPUT`); the command line goes first. Options are named
 * one by one, since commands run with RR_RUN and its kin set, which must not be taken for options.
 */
export interface OptionSpec<T> {
  readonly describe: string;
  /** Text → value, or what is wrong with it, quoting it (`"x" is not a whole number`). */
  readonly parse: (text: string) => Result<T, string>;
  readonly flag?: boolean;
  /** The option may stand without a value; `parse` then gets an empty text. */
  readonly valueOptional?: boolean;
  /**
   * What the option means where it stands alone; a value must then be joined to it (`--become=postgres`), so that it
   * takes no word that is meant for something else.
   */
  readonly alone?: string;
  /** What an option that is given several times comes to; without it, it may be given once. */
  repeated?(values: readonly T[]): T;
  readonly default: T;
  /** The default as `--help` shows it; empty shows none. */
  readonly defaultText: string;
  readonly group?: string;
  readonly alias?: string;
  /** All values that there are; of a list, of each item. */
  readonly choices?: readonly string[];
  /** What a value names, for a shell that completes it. */
  readonly names?: "hosts";
}

export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends OptionSpec<infer V> ? V : never;
};

/** yargs's own settings under which option values stay the text that was written. */
export const PARSER_CONFIGURATION = {
  // Whoever writes an option twice means both; `readOptions` knows which of them can be taken so.
  "duplicate-arguments-array": true,
  "parse-positional-numbers": false,
  "parse-numbers": false,
  "boolean-negation": false,
  "dot-notation": false,
  "camel-case-expansion": false,
} as const;

export function addOptions<A>(yargs: Argv<A>, table: OptionTable): Argv<A> {
  let result = yargs;
  for (const [name, spec] of Object.entries(table)) {
    const described = spec.defaultText === "" ? spec.describe : `${spec.describe} [${spec.defaultText}]`;
    result = result.option(name, {
      describe: described,
      type: spec.flag === true ? "boolean" : "string",
      ...(spec.flag === true || spec.valueOptional === true ? {} : { requiresArg: true }),
      ...(spec.group === undefined ? {} : { group: spec.group }),
      ...(spec.alias === undefined ? {} : { alias: spec.alias }),
    }) as typeof result;
  }
  return result;
}

/** The values of all options of the table, or every problem with them. */
export function readOptions<T extends OptionTable>(
  table: T,
  argv: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Result<OptionValues<T>, readonly string[]> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, spec] of Object.entries(table)) {
    const variable = environmentName(name);
    const written = argv[name] ?? env[variable];
    const source = argv[name] === undefined ? variable : `--${name}`;
    if (written === undefined) {
      values[name] = spec.default;
    } else if (typeof written === "boolean") {
      values[name] = written;
    } else {
      const parsed = readWritten(spec, source, written);
      if (parsed.ok) values[name] = parsed.value;
      else problems.push(...parsed.error);
    }
  }
  return problems.length > 0 ? fail(problems) : succeed(values as OptionValues<T>);
}

/** What was written once is a text; several times, a list of them. */
function readWritten(
  spec: OptionSpec<unknown>,
  source: string,
  written: unknown,
): Result<unknown, readonly string[]> {
  const texts = (Array.isArray(written) ? written : [written]).map((one) =>
    typeof one === "string" ? one : JSON.stringify(one),
  );
  if (texts.length > 1 && spec.repeated === undefined) {
    const times = texts.length === 2 ? "twice" : `${texts.length} times`;
    return fail([`${source} was given ${times}; give it once`]);
  }
  const values: unknown[] = [];
  const problems: string[] = [];
  for (const text of texts) {
    const parsed = spec.parse(text);
    if (parsed.ok) values.push(parsed.value);
    else problems.push(`${source}: ${parsed.error}`);
  }
  if (problems.length > 0) return fail(problems);
  return succeed(spec.repeated === undefined ? values[0] : spec.repeated(values));
}

export function environmentName(option: string): string {
  return `RR_${option.replaceAll("-", "_").toUpperCase()}`;
}
