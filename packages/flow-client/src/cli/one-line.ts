import { readOptions, type OptionTable } from "@roadrunner/core/cli";
import type { OneLine } from "../one-line/one-job-flow.ts";
import type { ExitCode } from "../usage/exit-codes.ts";
import { grouped, oneLineOptions } from "../usage/options.ts";
import { localOf, readPlaced, type Arguments, type Env } from "./read-options.ts";
import { isOneLine } from "./unknown.ts";

type Name = "run" | "ping";

/** Options by the command, made of the job's schema; none where no word names one: most starts need not load it. */
export async function jobTables(args: readonly string[]): Promise<Readonly<Record<Name, OptionTable>>> {
  if (!isOneLine(args)) return { run: {}, ping: {} };
  const { jobOptions, pingOptions } = await import("../one-line/job-options.ts");
  return { run: grouped("The job:", jobOptions()), ping: grouped("The login:", pingOptions()) };
}

/** What the line says is done, or all that is wrong with it told at once. */
export async function runOneLine(name: Name, argv: Arguments, env: Env, job: OptionTable): Promise<ExitCode> {
  // What runs where is said on the command line alone: a RR_USER or RR_TIMEOUT may be anybody's.
  const values = readEach(job, argv);
  const options = readPlaced(argv, env, oneLineOptions);
  const local = options.ok ? localOf(argv, env, options.value) : undefined;
  const problems = [...values.problems, ...(options.ok ? [] : options.error), ...(local?.problems ?? [])];
  const given =
    options.ok && problems.length === 0
      ? {
          values: {
            ...options.value,
            concurrent: true,
            "no-undo": false,
            param: undefined,
            "params-file": undefined,
            "secret-file": undefined,
          },
        }
      : { problems };
  const line = lineOf(argv, values.read);
  if (name === "ping") {
    const { pingCommand } = await import("../commands/ping-command.ts");
    return pingCommand(line, given, env, local?.start, argv);
  }
  const { oneLineCommand } = await import("../commands/one-line-command.ts");
  return oneLineCommand(line, given, env, local?.start, argv);
}

/** Those that can be read, and what is wrong with the others: of the job, what is right can be checked already. */
function readEach(
  table: OptionTable,
  argv: Arguments,
): { readonly read: OneLine["values"]; readonly problems: readonly string[] } {
  const each = Object.entries(table).map(([name, spec]) => readOptions({ [name]: spec }, argv, {}));
  return {
    read: Object.assign({}, ...each.map((one) => (one.ok ? one.value : {}))) as OneLine["values"],
    problems: each.flatMap((one) => (one.ok ? [] : one.error)),
  };
}

function lineOf(argv: Arguments, values: OneLine["values"]): OneLine {
  const { hosts } = argv;
  const words = argv["--"];
  return {
    hosts: typeof hosts === "string" && hosts !== "" ? hosts : undefined,
    words: Array.isArray(words) ? words.map(String) : undefined,
    values,
  };
}
