import { unreachable } from "../../errors.ts";
import type { FlowProblem, Path } from "../problem.ts";
import { Param, PARAM_NAME } from "../schema/params-schema.ts";
import type { WrittenParam } from "../schema/params-schema.ts";
import { suggest } from "../schema/suggest.ts";
import { findingAt } from "../source/parse-source.ts";
import type { ParsedSource } from "../source/parse-source.ts";
import type { Finding } from "../source/syntax-tree.ts";
import { quote } from "../source/visible.ts";
import type { GivenParam, GivenParams } from "./given-params.ts";
import { paramFaults } from "./param-faults.ts";
import { readValue } from "./param-value.ts";
import type { ParamValue } from "./param-value.ts";
import { referencesIn, replaceReferences } from "./references.ts";

/** The parameters of a flow, each with its value. */
export interface Params {
  readonly values: Readonly<Record<string, ParamValue>>;
  /** Names of those that are secrets; their values are not known here. */
  readonly secrets: readonly string[];
}

/** A flow with the values in place of its references. */
export interface Settled {
  readonly parsed: ParsedSource;
  readonly params: Params;
  /** In the flow file. */
  readonly findings: readonly Finding[];
  /** In what was given. */
  readonly problems: readonly FlowProblem[];
  /** Where a value stands for one that is not known, since it is told to be missing or wrong. */
  readonly unsettled: readonly Path[];
}

/** Gives each parameter its value: what was given, else its default. */
export function settleParams(parsed: ParsedSource, given: GivenParams): Settled {
  const written = parametersOf(parsed.value);
  const findings: Finding[] = [];
  const problems: FlowProblem[] = [];
  const values: Record<string, ParamValue> = {};
  const sound = new Map<string, WrittenParam>();
  const byName = new Map(given.values.map((one) => [one.name, one]));
  for (const [name, value] of written) {
    const param = Param.safeParse(value);
    // The schema tells what is wrong with it, or with its name.
    if (!param.success || !PARAM_NAME.test(name)) continue;
    const faults = paramFaults(name, param.data);
    for (const { position, message, hint } of faults)
      findings.push(findingAt(parsed, position, message, hint));
    if (faults.length > 0) continue;
    sound.set(name, param.data);
    const settled = valueOf(name, param.data, byName.get(name), given);
    if (settled.value !== undefined) values[name] = settled.value;
    if (settled.problem !== undefined) problems.push(settled.problem);
    if (settled.missing !== undefined) {
      const { message, hint } = settled.missing;
      findings.push(findingAt(parsed, { path: ["params", name], at: "key" }, message, hint));
    }
  }
  problems.push(...unknownNames(given.values, [...written.keys()]));
  problems.push(...wrongSecrets(given.secretFiles ?? [], sound, [...written.keys()]));
  const references = referencesIn(parsed, { sound, written: new Set(written.keys()), values });
  const secrets = [...sound].filter(([, { type }]) => type === "secret").map(([name]) => name);
  return {
    parsed: replaceReferences(parsed, references.found),
    params: { values, secrets },
    findings: [...findings, ...references.findings],
    problems,
    unsettled: references.found.flatMap(({ path, value }) => (value === undefined ? [path] : [])),
  };
}

function parametersOf(value: unknown): ReadonlyMap<string, unknown> {
  const params = (value as { readonly params?: unknown }).params;
  const isObject = typeof params === "object" && params !== null && !Array.isArray(params);
  return new Map(isObject ? Object.entries(params) : []);
}

interface Valued {
  readonly value?: ParamValue;
  readonly problem?: FlowProblem;
  readonly missing?: { readonly message: string; readonly hint: string };
}

function valueOf(
  name: string,
  param: WrittenParam,
  given: GivenParam | undefined,
  { incomplete = false }: GivenParams,
): Valued {
  if (param.type === "secret") {
    if (given === undefined) return {};
    const message = `${name} is a secret: it cannot be given here, where others may read it`;
    return { problem: given.problemAt("name", message, secretHint(name)) };
  }
  if (given !== undefined) {
    const read = readValue(name, param, given.value, given.isText);
    if (read.ok) return { value: read.value };
    const { message, hint, column = 1 } = read.error;
    return { problem: given.problemAt({ column }, message, hint) };
  }
  if (param.default !== undefined) return { value: param.default };
  // It is told that not all could be read, and this may be there.
  if (incomplete) return {};
  return {
    missing: {
      message: "has no value",
      hint: `give one: --param ${name}=${exampleOf(param)}, or --params-file`,
    },
  };
}

function secretHint(name: string): string {
  return `give it in a file that only you can read: --secret-file ${name}=PATH; without it, you are asked on the terminal`;
}

function exampleOf({ type, choices, min, max }: WrittenParam): string {
  switch (type) {
    case "string":
      return "TEXT";
    case "integer":
      return String(min ?? max ?? 1);
    case "boolean":
      return "true";
    case "choice":
      return choices?.[0] ?? "CHOICE";
    case "hosts":
      return "'db[1-3]'";
    case "duration":
      return "5m";
    case "secret":
      return "SECRET";
    default:
      return unreachable(type, "type");
  }
}

function wrongSecrets(
  files: readonly GivenParam[],
  params: ReadonlyMap<string, WrittenParam>,
  names: readonly string[],
): readonly FlowProblem[] {
  const others = files.flatMap(({ name, problemAt }) => {
    const type = params.get(name)?.type;
    if (type === undefined || type === "secret") return [];
    return [problemAt("name", `${name} is no secret`, `give it by --param ${name}=VALUE`)];
  });
  return [...unknownNames(files, names), ...others];
}

function unknownNames(given: readonly GivenParam[], names: readonly string[]): readonly FlowProblem[] {
  return given
    .filter(({ name }) => !names.includes(name))
    .map(({ name, problemAt }) => {
      const near = suggest(name, names);
      const known = names.length === 0 ? "the flow has none" : `the flow has: ${names.join(", ")}`;
      const hint = near === undefined ? known : `did you mean ${near}?`;
      return problemAt("name", `the flow has no parameter ${quote(name)}`, hint);
    });
}
