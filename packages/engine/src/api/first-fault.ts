import * as z from "zod";
import { fail, succeed, type Result } from "@roadrunner/core";
import { faultText, plainIssue, unknownField, type Fault } from "./fault-text.ts";

/**
 * Reads JSON that may have come from anywhere; the error is the first thing in which it is not as a schema has it, in plain words.
 * zod by itself looks for all faults: of a list with a million of them it makes as many objects, for half a minute.
 */
export function readAs<T>(schema: z.ZodType<T>, value: unknown): Result<T, string> {
  const fault = firstFault(schema, value);
  if (fault !== undefined) return fail(faultText(fault));
  const parsed = parse(schema, value);
  if (parsed.success) return succeed(parsed.data);
  const [issue] = parsed.error.issues;
  return fail(issue === undefined ? "it is not as it should be" : faultText(issue));
}

function parse<T>(schema: z.core.$ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  return z.safeParse(schema, value, { error: plainIssue });
}

function firstFault(schema: z.core.$ZodType, value: unknown): Fault | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "default":
      return value === undefined ? undefined : firstFault(def.innerType, value);
    case "readonly":
      return firstFault(def.innerType, value);
    case "array":
      if (!Array.isArray(value)) return faultOf(schema, value);
      return firstOf(value.keys(), (index) => firstFault(def.element, value[index]));
    case "record":
      if (!isRecord(value)) return faultOf(schema, value);
      return firstOf(
        Object.keys(value),
        (key) => faultOf(def.keyType, key) ?? firstFault(def.valueType, value[key]),
      );
    case "object": {
      if (!isRecord(value)) return faultOf(schema, value);
      const { shape, catchall } = def;
      if (catchall?._zod.def.type === "never") {
        const unknown = Object.keys(value).find((key) => !Object.hasOwn(shape, key));
        if (unknown !== undefined) return { path: [], message: unknownField(unknown) };
      }
      return firstOf(Object.keys(shape), (key) => firstFault(shape[key] ?? z.never(), value[key]));
    }
    default:
      return faultOf(schema, value);
  }
}

/** What is wrong with the first of these with which something is. */
function firstOf<Key extends PropertyKey>(
  keys: Iterable<Key>,
  faultAt: (key: Key) => Fault | undefined,
): Fault | undefined {
  for (const key of keys) {
    const fault = faultAt(key);
    if (fault !== undefined) return { ...fault, path: [key, ...fault.path] };
  }
  return undefined;
}

function faultOf(schema: z.core.$ZodType, value: unknown): Fault | undefined {
  const [issue] = parse(schema, value).error?.issues ?? [];
  return issue === undefined ? undefined : { path: issue.path, message: issue.message };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
