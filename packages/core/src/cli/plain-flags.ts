import { fail, succeed, type Result } from "../errors.ts";
import type { OptionSpec, OptionTable } from "./options.ts";

/**
 * The arguments with `--flag=yes` and the like written as `--flag=true`, or what is wrong with such values: yargs takes
 * every value of a flag but `true` for `false`, and keeps nothing of it. What may stand alone has its value written
 * out: yargs would take the next word for it.
 */
export function plainFlags(
  args: readonly string[],
  tables: readonly OptionTable[],
): Result<readonly string[], readonly string[]> {
  const flags = new Map<string, OptionSpec<unknown>>();
  const alone = new Map<string, string>();
  for (const [name, spec] of tables.flatMap((table) => Object.entries(table))) {
    if (spec.alone !== undefined) alone.set(`--${name}`, spec.alone);
    if (spec.flag !== true) continue;
    flags.set(`--${name}`, spec);
    if (spec.alias !== undefined) flags.set(`-${spec.alias}`, spec);
  }
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const problems: string[] = [];
  const plain = args.map((arg, index) => {
    const [, name = "", text = ""] = /^(-[^=]+)=(.*)$/s.exec(arg) ?? [];
    const spec = flags.get(name);
    const meant = alone.get(arg);
    if (index < end && meant !== undefined) return `${arg}=${meant}`;
    if (index > end || spec === undefined) return arg;
    const parsed = spec.parse(text);
    if (parsed.ok) return `${name}=${String(parsed.value)}`;
    problems.push(`${name}: ${parsed.error}`);
    return arg;
  });
  return problems.length > 0 ? fail(problems) : succeed(plain);
}

/**
 * The arguments with `--name -` written as `--name=-`, for options that take a value: yargs takes a `-` behind an option
 * for an argument of its own.
 */
export function joinedDashes(args: readonly string[], tables: readonly OptionTable[]): readonly string[] {
  const named = new Set<string>();
  for (const [name, spec] of tables.flatMap((table) => Object.entries(table))) {
    if (spec.flag === true || spec.valueOptional === true || spec.alone !== undefined) continue;
    named.add(`--${name}`);
    if (spec.alias !== undefined) named.add(`-${spec.alias}`);
  }
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  return args.flatMap((arg, index) => {
    if (index < end && named.has(arg) && args[index + 1] === "-") return [`${arg}=-`];
    return arg === "-" && index <= end && named.has(args[index - 1] ?? "") ? [] : [arg];
  });
}
