import {
  fail,
  readOptions,
  succeed,
  withServersPrefixed,
  type OptionTable,
  type OptionValues,
  type Result,
} from "@roadrunner/core/cli";
import { readLocal, type StartLocal } from "../carry/local.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { say } from "../usage/say.ts";
import { certificateProblems, placed, placeProblems } from "./placed.ts";
import { withoutEffect, type Needed } from "./without-effect.ts";

export type Env = Readonly<Record<string, string | undefined>>;
export type Arguments = Readonly<Record<string, unknown>>;

/** Reads the options of a command, or tells all that is wrong with them. */
export async function withOptions<T extends OptionTable>(
  argv: Arguments,
  env: Env,
  table: T,
  command: (options: OptionValues<T>) => Promise<ExitCode>,
): Promise<ExitCode> {
  const options = readPlaced(argv, env, table);
  if (options.ok) return command(options.value);
  say(...options.error);
  return EXIT.usage;
}

/** The options of a command, as they are in force, or all that is wrong with them. */
export function readPlaced<T extends OptionTable>(
  argv: Arguments,
  env: Env,
  table: T,
): Result<OptionValues<T>, readonly string[]> {
  const options = readOptions(table, argv, env);
  const problems = placeProblems(argv);
  if (!options.ok) return fail([...options.error, ...problems]);
  const read = placed(withServersPrefixed(options.value));
  const all = [...problems, ...certificateProblems(argv, read)];
  return all.length > 0 ? fail(all) : succeed(read);
}

/** Reads the options of `--local`, where it is given, or tells all that is wrong with them. */
export async function withLocal(
  argv: Arguments,
  env: Env,
  options: Needed,
  command: (startLocal: StartLocal | undefined) => Promise<ExitCode>,
): Promise<ExitCode> {
  const local = localOf(argv, env, options);
  if (local.problems.length === 0) return command(local.start);
  say(...local.problems);
  return EXIT.usage;
}

/** What `--local` starts, where it is given, and what is wrong with the options that belong to it. */
export function localOf(
  argv: Arguments,
  env: Env,
  options: Needed,
): { readonly start: StartLocal | undefined; readonly problems: readonly string[] } {
  const needless = withoutEffect(argv, options);
  const local = options.local && options.coordinator === undefined ? readLocal(argv, env) : undefined;
  const problems = [...needless, ...(local?.ok === false ? local.error : [])];
  return { start: local?.ok === true ? local.value : undefined, problems };
}
