import { isProgramName, SHELL_NAMES } from "../../work/shell-names.ts";
import type { Path } from "../problem.ts";
import type { Fault } from "../rules/rule.ts";
import type { ParamType, WrittenParam } from "../schema/params-schema.ts";
import { quote } from "../source/visible.ts";
import { readValue, wholePattern } from "./param-value.ts";

/** Fields that only one type has. */
const ONLY_OF = { pattern: "string", min: "integer", max: "integer", choices: "choice" } as const;

/** zsh keeps these for itself, and `path` means PATH in it: a value would not be what the command reads. */
const ZSH_NAMES: ReadonlySet<string> = new Set(
  "argv cdpath fignore fpath histchars mailpath manpath module_path path pipestatus psvar signals status".split(
    " ",
  ),
);

/** What is wrong with a parameter as the flow says it, beside what the schema sees. */
export function paramFaults(name: string, param: WrittenParam): readonly Fault[] {
  const path: Path = ["params", name];
  return [...nameFaults(name, path), ...fieldFaults(param, path), ...defaultFaults(name, param, path)];
}

function nameFaults(name: string, path: Path): readonly Fault[] {
  const position = { path, at: "key" } as const;
  const hint = "use another name";
  if (name.startsWith("rr_") || isProgramName(name))
    return [{ position, message: `${name}: names that begin with rr are Roadrunner's own`, hint }];
  return SHELL_NAMES.has(name) || ZSH_NAMES.has(name)
    ? [{ position, message: `${name} belongs to the shell: a value for it would not arrive`, hint }]
    : [];
}

function fieldFaults(param: WrittenParam, path: Path): readonly Fault[] {
  const faults = Object.entries(ONLY_OF).flatMap(([field, type]): readonly Fault[] => {
    if (param[field as keyof typeof ONLY_OF] === undefined || param.type === type) return [];
    const message = `only ${article(type)} parameter has ${field}; this is ${article(param.type)}`;
    return [{ position: { path: [...path, field], at: "key" }, message }];
  });
  const { type, choices, pattern, min, max } = param;
  if (type === "choice" && choices === undefined)
    faults.push({ position: { path }, message: "a choice needs choices: a list of texts" });
  if (type === "integer" && min !== undefined && max !== undefined && min > max)
    faults.push({ position: { path: [...path, "max"] }, message: `must be at least min, which is ${min}` });
  const read = type === "string" && pattern !== undefined ? wholePattern(pattern) : undefined;
  if (read?.ok === false)
    faults.push({
      position: { path: [...path, "pattern"] },
      message: `${quote(pattern)} is no regular expression: ${read.error}`,
    });
  return faults;
}

function defaultFaults(name: string, param: WrittenParam, path: Path): readonly Fault[] {
  if (param.default === undefined) return [];
  const at = [...path, "default"];
  if (param.type === "secret")
    return [
      { position: { path: at, at: "key" }, message: "a secret has no default: it would stand in the flow" },
    ];
  // What it can be is told to be wrong already.
  if (param.type === "choice" && param.choices === undefined) return [];
  const read = readValue(name, param, param.default, false);
  if (read.ok) return [];
  const { message, hint, column } = read.error;
  const position = { path: at, ...(column === undefined ? {} : { column }) };
  return [{ position, message, ...(hint === undefined ? {} : { hint }) }];
}

function article(type: ParamType): string {
  return type === "integer" ? "an integer" : type === "hosts" ? "a hosts" : `a ${type}`;
}
