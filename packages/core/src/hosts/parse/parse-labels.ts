import type { Result } from "../../errors.ts";
import { succeed } from "../../errors.ts";
import type { Fault, HostExpressionProblem, Span } from "../problem.ts";
import { failAt } from "../problem.ts";
import { showCharacter } from "./characters.ts";
import { shorten } from "./host-name.ts";
import {
  LABEL_NAME,
  LABEL_NAME_RULE,
  LABEL_VALUE,
  LABEL_VALUE_RULE,
  MAX_LABEL_VALUE,
  VALUE_CHARACTERS,
} from "./label-text.ts";
import type { NameTemplate } from "./name-template.ts";
import { countNames, extremeNames } from "./name-template.ts";
import { trim } from "./parse-bracket.ts";
import { parseTemplate } from "./parse-template.ts";

/** `rack=r7` or `rack=r[1-3]` between the braces behind hosts: those that have one of these values. */
export interface LabelChoice {
  readonly name: string;
  readonly nameSpan: Span;
  readonly values: NameTemplate;
  readonly span: Span;
}

type Read<T> = Result<T, HostExpressionProblem>;

const SUCH_AS = "labels stand in braces behind hosts: @web{rack=r7} or @web{rack=r7,zone=eu}";

/** Reads what stands between `{` and `}`; at least one label, none twice. */
export function parseLabels(text: string, inside: Span): Read<readonly LabelChoice[]> {
  const whole = { start: inside.start - 1, end: inside.end + 1 };
  const written = text.slice(inside.start, inside.end);
  if (written.trim() === "")
    return failAt(whole, { message: "no label stands in the braces", hint: SUCH_AS });
  if (!written.includes("=")) return failAt({ start: whole.start, end: whole.start + 1 }, NO_BRACES);
  const choices = new Map<string, LabelChoice>();
  for (const part of partsOf(text, inside)) {
    const choice = parseLabel(text, part);
    if (!choice.ok) return choice;
    const { name, nameSpan } = choice.value;
    if (choices.has(name)) return failAt(nameSpan, twice(name));
    choices.set(name, choice.value);
  }
  return succeed([...choices.values()]);
}

const NO_BRACES: Fault = {
  message: "there is no brace expansion",
  hint: `list the hosts: db[1-3]a,db[1-3]b; ${SUCH_AS}`,
};

function twice(name: string): Fault {
  return {
    message: `the label ${name} stands twice; a host has one value of it`,
    hint: `add up, as in @web{${name}=a},@web{${name}=b}; numbers can be a range: ${name}=r[7-8]`,
  };
}

/** Between commas outside of brackets. */
function partsOf(text: string, { start, end }: Span): readonly Span[] {
  const parts: Span[] = [];
  let from = start;
  let isInBracket = false;
  for (let at = start; at < end; at += 1) {
    const char = text[at];
    if (char === "[") isInBracket = true;
    else if (char === "]") isInBracket = false;
    else if (char === "," && !isInBracket) {
      parts.push({ start: from, end: at });
      from = at + 1;
    }
  }
  return [...parts, { start: from, end }];
}

function parseLabel(text: string, written: Span): Read<LabelChoice> {
  const span = trim(text, written);
  // Of a missing label the fault is at the comma or brace that should follow it.
  if (span.start === span.end)
    return failAt(
      { start: written.end, end: written.end + 1 },
      { message: "a label is missing", hint: SUCH_AS },
    );
  const sign = text.slice(span.start, span.end).indexOf("=");
  const equals = sign < 0 ? span.end : span.start + sign;
  const nameSpan = trim(text, { start: span.start, end: equals });
  const name = text.slice(nameSpan.start, nameSpan.end);
  if (name.endsWith("!")) return failAt({ start: equals - 1, end: equals + 1 }, unequal(name.slice(0, -1)));
  if (!LABEL_NAME.test(name)) return failAt(nameSpan.start < nameSpan.end ? nameSpan : span, noName(name));
  const valueSpan = trim(text, { start: Math.min(equals + 1, span.end), end: span.end });
  if (valueSpan.start === valueSpan.end)
    return failAt(span, { message: `the label ${name} has no value here`, hint: `such as ${name}=r7` });
  const values = parseValues(text, valueSpan);
  return values.ok ? succeed({ name, nameSpan, values: values.value, span }) : values;
}

function unequal(name: string): Fault {
  return {
    message: "labels are chosen by = alone, not by !=",
    hint: `take the others out: @web!@web{${name.trim()}=…}`,
  };
}

function noName(name: string): Fault {
  return name === ""
    ? { message: "the name of a label is missing", hint: SUCH_AS }
    : {
        message: `"${shorten(name.replaceAll(/\p{C}/gu, "�"))}" is no name of a label`,
        hint: `a name has ${LABEL_NAME_RULE}`,
      };
}

/** The most values that one range can mean: far beyond racks. */
const MAX_VALUES = 100_000;

function parseValues(text: string, span: Span): Read<NameTemplate> {
  const open = text.slice(span.start, span.end).lastIndexOf("[");
  if (open >= 0 && !text.slice(span.start + open, span.end).includes("]"))
    return failAt(
      { start: span.start + open, end: span.start + open + 1 },
      { message: 'this "[" is never closed' },
    );
  const values = parseTemplate(text, span, VALUE_CHARACTERS, valueFault);
  if (!values.ok) return values;
  const wrong = extremeNames(values.value).find((value) => !LABEL_VALUE.test(value));
  const count = countNames(values.value);
  if (count > MAX_VALUES)
    return failAt(span, { message: `${count} values of one label; at most ${MAX_VALUES} are looked for` });
  if (wrong === undefined) return values;
  return failAt(span, {
    message:
      wrong.length > MAX_LABEL_VALUE
        ? `the value "${shorten(wrong)}" has ${wrong.length} characters; a label's has at most ${MAX_LABEL_VALUE}`
        : `"${shorten(wrong)}" is no value of a label`,
    hint: VALUE_HINT,
  });
}

const VALUE_HINT = `it must be ${LABEL_VALUE_RULE}`;

/** Why this character may not stand in a value. */
function valueFault(char: string): Fault {
  if (/["'`]/.test(char))
    return { message: "a quotation mark in a label's value", hint: "values need no quotes" };
  if (/[*?]/.test(char))
    return {
      message: "wildcards are not supported in a label's value",
      hint: "numbers can be a range: rack=r[1-3]",
    };
  if (/\s/.test(char))
    return { message: "white space in a label's value", hint: "one space may stand between two words" };
  return { message: `${showCharacter(char)} cannot stand in a label's value`, hint: VALUE_HINT };
}
