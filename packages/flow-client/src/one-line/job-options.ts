import { jobFields, type FieldSchema } from "@roadrunner/core";
import {
  fail,
  flagOption,
  succeed,
  textOption,
  type OptionSpec,
  type OptionTable,
  type Result,
} from "@roadrunner/core/cli";

/** Fields of a job that are no options: what says them instead, or why one job has no use for them. */
export const NO_OPTIONS: Readonly<Record<string, string>> = {
  hosts: "HOSTS",
  command: "COMMAND",
  stages: "several commands are for a flow file",
  gates: "gates are for a flow file",
  bake: "it watches gates",
  onGateFail: "it says what gates do",
  undo: "what takes a job back is for a flow file",
  onlyIfOk: "it names earlier jobs, and there are none",
};

/** Where a flow file's words would mislead. */
const HELP: Readonly<Record<string, string>> = {
  name: "What the job is called in lines, reports and $RR_JOB [run]",
  script:
    "A local file of at most 256 KiB in place of a command. It is sent with the task, run by the interpreter of its first line, and removed afterwards",
};

/** Variables, limits by outcome: what each `--env NAME=VALUE` says. */
export class Pairs {
  readonly entries: readonly (readonly [name: string, value: unknown])[];

  constructor(entries: Pairs["entries"]) {
    this.entries = entries;
  }
}

/** `--fail-fast` of `failFast`. */
export function optionName(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

let byField: ReadonlyMap<string, OptionSpec<unknown>> | undefined;

/** Each field of a job that can be an option, with its option; made once, since that takes some milliseconds. */
export function optionsByField(): ReadonlyMap<string, OptionSpec<unknown>> {
  byField ??= makeByField();
  return byField;
}

function makeByField(): ReadonlyMap<string, OptionSpec<unknown>> {
  const fields = [...jobFields()].filter(([field]) => NO_OPTIONS[field] === undefined);
  return new Map(fields.map(([field, schema]) => [field, optionOf(field, schema)]));
}

/**
 * The options of `run`, made of the job's schema. A text becomes what the flow file would hold; whether the field takes
 * that is for who loads the flow to tell.
 */
export function jobOptions(): OptionTable {
  const options = [...optionsByField()].map(([field, spec]) => [optionName(field), spec] as const);
  return {
    ...Object.fromEntries(options),
    repeatable: {
      ...flagOption("short for --delivery repeatable: no record on the hosts; it may run again after a loss"),
      default: undefined,
    },
    save: textOption("write the flow that this is to a new file, - for stdout, and run nothing"),
  };
}

/** Fields that say how a host is reached, and how patiently. */
const OF_LOGIN = [
  "user",
  "become",
  "connectTimeout",
  "timeout",
  "retries",
  "retryDelay",
  "parallelism",
  "pool",
];

/** The options of `ping`. */
export function pingOptions(): OptionTable {
  const all = jobOptions();
  return Object.fromEntries(
    OF_LOGIN.map(optionName).flatMap((name) => {
      const spec = all[name];
      return spec === undefined ? [] : [[name, spec] as const];
    }),
  );
}

function optionOf(field: string, schema: FieldSchema): OptionSpec<unknown> {
  const types = typesOf(schema);
  const head = {
    describe: HELP[field] ?? describe(schema, types),
    default: undefined,
    defaultText: defaultText(schema),
    ...choicesOf(schema),
  };
  if (types.has("object")) return { ...head, parse: (text) => readPairs(text, schema), repeated: allPairs };
  if (types.has("array")) {
    const only = types.size === 1;
    const item = itemOf(schema) ?? {};
    const parse = (text: string): Result<unknown, string> => {
      if (text === "") return EMPTY;
      const parts = text.split(",").map((part) => valueOf(part.trim(), typesOf(item)));
      return succeed(only || parts.length > 1 ? parts : parts[0]);
    };
    return { ...head, parse, ...(only ? { repeated: (lists) => lists.flat() } : {}) };
  }
  if (types.size === 1 && types.has("boolean")) return { ...flagOption(head.describe), ...head };
  const parse = (text: string): Result<unknown, string> =>
    text === "" ? EMPTY : succeed(valueOf(text, types));
  return { ...head, parse, ...(types.has("boolean") ? { alone: "true" } : {}) };
}

const EMPTY = fail("the value is empty");

/** JSON's types that the field takes. */
function typesOf(schema: FieldSchema): ReadonlySet<string> {
  const own = schema.type === undefined ? [] : [schema.type];
  return new Set([...own, ...(schema.anyOf ?? []).flatMap((one) => [...typesOf(one)])]);
}

function choicesOf(schema: FieldSchema): { readonly choices?: readonly string[] } {
  const values = schema.enum ?? itemOf(schema)?.enum;
  return values === undefined ? {} : { choices: values.map(String) };
}

function itemOf(schema: FieldSchema): FieldSchema | undefined {
  return schema.items ?? schema.anyOf?.map(itemOf).find((item) => item !== undefined);
}

/** A number or yes and no where the field takes such, else the text. */
function valueOf(text: string, types: ReadonlySet<string>): unknown {
  if ((types.has("integer") || types.has("number")) && /^\d{1,15}$/.test(text)) return Number(text);
  if (types.has("boolean") && /^(?:true|false)$/.test(text)) return text === "true";
  return text;
}

function readPairs(text: string, schema: FieldSchema): Result<Pairs, string> {
  if (!isOfAmounts(schema)) return readPair(text, schema);
  const pairs: Pairs[] = [];
  for (const part of text.split(",")) {
    const pair = readPair(part.trim(), schema);
    if (!pair.ok) return pair;
    pairs.push(pair.value);
  }
  return succeed(allPairs(pairs));
}

/** Whether its values are amounts, which hold no comma; a variable's may. */
function isOfAmounts({ properties = {}, additionalProperties }: FieldSchema): boolean {
  const values = Object.values(properties);
  if (typeof additionalProperties === "object") values.push(additionalProperties);
  return values.length > 0 && values.every((value) => typesOf(value).has("integer"));
}

function readPair(text: string, { properties, additionalProperties }: FieldSchema): Result<Pairs, string> {
  const at = text.indexOf("=");
  if (at < 1) return fail(`${JSON.stringify(text)} is no NAME=VALUE`);
  const name = text.slice(0, at);
  const known = properties?.[name];
  const value = known ?? (typeof additionalProperties === "object" ? additionalProperties : {});
  return succeed(new Pairs([[name, valueOf(text.slice(at + 1), typesOf(value))]]));
}

function allPairs(values: readonly unknown[]): Pairs {
  return new Pairs(values.flatMap((value) => (value instanceof Pairs ? value.entries : [])));
}

function describe(schema: FieldSchema, types: ReadonlySet<string>): string {
  const text = (schema.description ?? "").replace(/\.$/, "");
  if (types.has("object") && isOfAmounts(schema)) return `${text} (NAME=VALUE, or several with commas)`;
  if (types.has("object")) return `${text} (NAME=VALUE, once for each)`;
  if (types.has("array")) return `${text} (a list with commas: a,b,c)`;
  return types.size > 1 && types.has("boolean") ? `${text} (a name only after =)` : text;
}

function defaultText({ default: start }: FieldSchema): string {
  if (Array.isArray(start)) return start.join(",");
  return typeof start === "string" || typeof start === "number" ? String(start) : "";
}
