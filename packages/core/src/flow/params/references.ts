import type { Path } from "../problem.ts";
import { formatPath } from "../problem.ts";
import { Flow } from "../schema/flow-schema.ts";
import { schemaAt } from "../schema/known-keys.ts";
import { paramPlaceOf } from "../schema/param-places.ts";
import type { ParamPlace } from "../schema/param-places.ts";
import type { ParamType, WrittenParam } from "../schema/params-schema.ts";
import { suggest } from "../schema/suggest.ts";
import { findingAt } from "../source/parse-source.ts";
import type { ParsedSource } from "../source/parse-source.ts";
import type { Finding } from "../source/syntax-tree.ts";
import { quote } from "../source/visible.ts";
import type { ParamValue } from "./param-value.ts";

/** `{ "param": NAME }` in place of a value; without `value`, none is known. */
interface Reference {
  readonly path: Path;
  readonly name: string;
  readonly place: ParamPlace;
  readonly value?: ParamValue;
}

/** What is known of a flow's parameters. */
interface Known {
  /** Those with nothing wrong in what the flow says of them. */
  readonly sound: ReadonlyMap<string, WrittenParam>;
  /** The names of all. */
  readonly written: ReadonlySet<string>;
  readonly values: Readonly<Record<string, ParamValue>>;
}

/** Which parameters can stand where. A share is no type of its own: it is a string or a choice. */
const TAKEN: Readonly<Record<ParamPlace, readonly ParamType[]>> = {
  amount: ["integer", "string", "choice"],
  hosts: ["hosts", "choice"],
  duration: ["duration", "choice"],
  text: ["string", "choice"],
  number: ["integer", "string", "choice"],
};
const WHAT: Readonly<Record<ParamPlace, string>> = {
  amount: "an amount",
  hosts: "a host expression",
  duration: "a duration",
  text: "a text",
  number: "a number",
};
const COUNT = /^\d{1,9}$/;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;
/** Right in every field of that kind, where the real value is not known. */
const ANY: Readonly<Record<ParamPlace, ParamValue>> = {
  amount: "100%",
  hosts: "unknown",
  duration: "1s",
  text: "http://unknown",
  number: 0,
};

/** Every reference, and what is wrong with those that cannot be one. */
export function referencesIn(
  parsed: ParsedSource,
  known: Known,
): { readonly found: readonly Reference[]; readonly findings: readonly Finding[] } {
  const found: Reference[] = [];
  const findings: Finding[] = [];
  // Most flows have none, and there may be a million hosts.
  if (!parsed.source.text.includes("param")) return { found, findings };
  const visit = (value: unknown, path: Path): void => {
    if (typeof value !== "object" || value === null) return;
    const place = Object.hasOwn(value, "param") ? placeAt(path) : undefined;
    if (place === undefined) {
      const entries: readonly [string | number, unknown][] = Array.isArray(value)
        ? value.map((item, index) => [index, item])
        : Object.entries(value);
      for (const [step, item] of entries) {
        if (path.length > 0 || step !== "params") visit(item, [...path, step]);
      }
      return;
    }
    if (place === "nowhere") {
      const name = String((value as { readonly param: unknown }).param);
      const message =
        "no parameter can stand here: only for an amount, a host expression, a duration, and in gates";
      findings.push(findingAt(parsed, { path }, message, `commands have it as a variable: $${name}`));
      return;
    }
    const { param: name, ...more } = value as { readonly param: unknown };
    const fault =
      typeof name !== "string" || Object.keys(more).length > 0
        ? { message: 'a parameter is written as { "param": NAME }, and nothing else in it' }
        : faultOf(name, place, known);
    if (fault !== undefined) findings.push(findingAt(parsed, { path }, fault.message, fault.hint));
    const given = fault === undefined ? known.values[String(name)] : undefined;
    found.push({ path, name: String(name), place, ...(given === undefined ? {} : { value: given }) });
  };
  visit(parsed.value, []);
  return { found, findings };
}

/** "nowhere": a value of its own stands there; undefined: names do, of which `param` may be one. */
function placeAt(path: Path): ParamPlace | "nowhere" | undefined {
  const field = schemaAt(Flow, path);
  if (field === undefined) return undefined;
  const { type } = field._zod.def;
  return paramPlaceOf(field) ?? (type === "object" || type === "record" ? undefined : "nowhere");
}

function faultOf(
  name: string,
  place: ParamPlace,
  { sound, written }: Known,
): { readonly message: string; readonly hint?: string } | undefined {
  if (!written.has(name)) {
    const near = suggest(name, [...written]);
    const message = `the flow has no parameter ${quote(name)}`;
    return near === undefined ? { message } : { message, hint: `did you mean ${near}?` };
  }
  const type = sound.get(name)?.type;
  // What is wrong with the parameter itself is told there.
  if (type === undefined || TAKEN[place].includes(type)) return undefined;
  const kinds = TAKEN[place].join(" or ");
  const message = `${name} is of type ${type}; ${WHAT[place]} stands here`;
  return { message, hint: `its type must be ${kinds}` };
}

/** The same file with the values in place of the references; problems there are told with the parameter's name. */
export function replaceReferences(parsed: ParsedSource, found: readonly Reference[]): ParsedSource {
  if (found.length === 0) return parsed;
  const byPath = new Map(found.map((reference) => [formatPath(reference.path), reference]));
  const replaced = (value: unknown, path: Path): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const reference = byPath.get(formatPath(path));
    if (reference !== undefined) return valueAt(reference);
    if (Array.isArray(value)) return value.map((item, index) => replaced(item, [...path, index]));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replaced(item, [...path, key])]),
    );
  };
  const fromParams = new Map([...byPath].map(([path, { name }]) => [path, name]));
  return { ...parsed, value: replaced(parsed.value, []), fromParams };
}

function valueAt({ place, value }: Reference): ParamValue {
  if (value === undefined) return ANY[place];
  if (typeof value !== "string") return value;
  // A share has to be a text, and so a number of hosts may be one as well; no type is of numbers with a fraction.
  const isNumber = (place === "amount" && COUNT.test(value)) || (place === "number" && NUMBER.test(value));
  return isNumber ? Number(value) : value;
}
