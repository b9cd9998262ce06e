import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { parseHostExpression } from "../../hosts/parse/parse-host-expression.ts";
import { parseDuration } from "../duration.ts";
import { MAX_ARGUMENT_BYTES } from "../rules/value-rules.ts";
import type { ParamType, WrittenParam } from "../schema/params-schema.ts";
import { suggest } from "../schema/suggest.ts";
import { utf8Length } from "../source/utf8.ts";
import { quote } from "../source/visible.ts";

/** The value of a parameter, as the flow or a file writes it: texts but for integers and booleans. */
export type ParamValue = string | number | boolean;

/** What is wrong with a value. */
export interface ValueFault {
  readonly message: string;
  readonly hint?: string;
  /** Of a text, from 1. */
  readonly column?: number;
}

type Read = Result<ParamValue, ValueFault>;

/** A value of the parameter's type, or what is wrong with it. `isText`: of the command line, where all is text. */
export function readValue(name: string, param: WrittenParam, written: unknown, isText: boolean): Read {
  const read = READERS[param.type](written, param, isText);
  if (!read.ok) return read;
  const bytes = utf8Length(`${name}=${String(read.value)}`);
  return bytes > MAX_ARGUMENT_BYTES
    ? wrong(`has ${bytes} bytes; a parameter can have ${MAX_ARGUMENT_BYTES}, its name included`)
    : read;
}

const READERS: Readonly<Record<ParamType, (written: unknown, param: WrittenParam, isText: boolean) => Read>> =
  {
    string: (written, { pattern }) => {
      if (typeof written !== "string") return noText("a text", written);
      const whole = pattern === undefined ? undefined : wholePattern(pattern);
      // What is wrong with the pattern is told where it stands.
      return whole?.ok === true && !whole.value.test(written)
        ? wrong(`must match ${quote(pattern)} from its beginning to its end, not ${quote(written)}`)
        : succeed(written);
    },
    integer: (written, { min, max }, isText) => {
      const number =
        isText && typeof written === "string" && INTEGER.test(written) ? Number(written) : written;
      if (typeof number !== "number" || !Number.isSafeInteger(number))
        return wrongType("a whole number", written);
      const range = rangeText(min, max);
      return number < (min ?? number) || number > (max ?? number)
        ? wrong(`must be a whole number ${range}, not ${number}`)
        : succeed(number);
    },
    boolean: (written, _, isText) => {
      if (isText && (written === "true" || written === "false")) return succeed(written === "true");
      return typeof written === "boolean" ? succeed(written) : wrongType("true or false", written);
    },
    choice: (written, { choices = [] }) => {
      if (typeof written === "string" && choices.includes(written)) return succeed(written);
      const near = typeof written === "string" ? suggest(written, choices) : undefined;
      const listed = choices.slice(0, 20).map(quote).join(", ") + (choices.length > 20 ? ", …" : "");
      const hint = near === undefined ? {} : { hint: `did you mean ${near}?` };
      return fail({ message: `must be one of ${listed}, not ${quote(written)}`, ...hint });
    },
    hosts: (written) => {
      if (typeof written !== "string") return noText('a host expression such as "db[1-10]"', written);
      if (written.trim() === "") return wrong('the host expression is empty; write one such as "db[1-10]"');
      for (const term of parseHostExpression(written)) {
        if (term.ok) continue;
        const { message, column, hint } = term.error;
        return fail({ message, column, ...(hint === undefined ? {} : { hint }) });
      }
      return succeed(written);
    },
    duration: (written) => {
      const parsed = parseDuration(written === "0" ? 0 : written);
      return parsed.ok ? succeed(String(written)) : wrong(parsed.error);
    },
    // It is given in another way, and read where it is.
    secret: () => wrong("is a secret, which cannot be written here"),
  };

const INTEGER = /^[+-]?\d{1,16}$/;

/** A pattern means the whole value: what only begins as it should is no version. */
export function wholePattern(pattern: string): Result<RegExp, string> {
  try {
    return succeed(new RegExp(`^(?:${pattern})$`, "u"));
  } catch (error) {
    return fail(error instanceof Error ? error.message.replace(/^.*\/u: /s, "") : String(error));
  }
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min === undefined) return `of at most ${max ?? ""}`;
  return max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
}

function wrongType(what: string, written: unknown): Read {
  return wrong(`must be ${what}, not ${quote(written)}`);
}

/** Whoever writes a version into a YAML file forgets the quotes. */
function noText(what: string, written: unknown): Read {
  const bare = typeof written === "number" || typeof written === "boolean";
  const hint = bare ? { hint: `put it in quotes: "${written}"` } : {};
  return fail({ message: `must be ${what}, not ${quote(written)}`, ...hint });
}

function wrong(message: string): Read {
  return fail({ message });
}
