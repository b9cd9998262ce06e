import type * as z from "zod";

/** What is wrong at a path; a message that begins with IS_SAID goes on where the path ends. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Before what is said of the path itself; a schema's own message stands behind a colon. */
const IS_SAID = "\0";

const QUOTED_CHARACTERS = 100;

export function faultText({ path, message }: Fault): string {
  const where = path.map(String).join(".");
  if (message.startsWith(IS_SAID)) return `${where === "" ? "it" : where} ${message.slice(IS_SAID.length)}`;
  return `${where === "" ? "" : `${where}: `}${message}`;
}

export function unknownField(name: string): string {
  return `${IS_SAID}has ${JSON.stringify(name.slice(0, QUOTED_CHARACTERS))}, which is no field of it`;
}

/** Zod's issues in plain words; undefined: as zod says it. A message that a schema has of its own goes before. */
export function plainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  switch (issue.code) {
    case "invalid_type":
      return (
        missing(input) ??
        `${IS_SAID}is ${typeOf(input)}, and must be ${TYPES[issue.expected] ?? issue.expected}`
      );
    case "invalid_value":
      return missing(input) ?? `${IS_SAID}must be ${oneOf(issue.values)}`;
    case "too_small":
      return bound(issue.origin, input, `at least ${issue.minimum}`, issue.inclusive !== false);
    case "too_big":
      return bound(issue.origin, input, `at most ${issue.maximum}`, issue.inclusive !== false);
    case "unrecognized_keys":
      return unknownField(issue.keys[0] ?? "");
    default:
      return undefined;
  }
}

function missing(input: unknown): string | undefined {
  return input === undefined ? `${IS_SAID}is missing` : undefined;
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map((one) => JSON.stringify(one));
  return texts.length === 1 ? texts.join("") : `one of ${texts.join(", ")}`;
}

const COUNTED: Readonly<Record<string, string>> = { string: "characters", array: "entries" };

function bound(origin: string, input: unknown, least: string, isInclusive: boolean): string | undefined {
  const counted = COUNTED[origin];
  if (!isInclusive) return undefined;
  if (counted !== undefined)
    return `${IS_SAID}has ${(input as { readonly length: number }).length} ${counted}, and must have ${least}`;
  return typeof input === "number" ? `${IS_SAID}is ${input}, and must be ${least}` : undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  object: "an object",
  record: "an object",
  array: "a list",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

/** Not the value itself: it may be a secret. */
function typeOf(input: unknown): string {
  if (input === null) return "null";
  if (typeof input === "number" && Number.isNaN(input)) return "no number";
  return TYPES[Array.isArray(input) ? "array" : typeof input] ?? typeof input;
}
