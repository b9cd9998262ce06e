import yargs from "yargs";
import { addOptions, PARSER_CONFIGURATION, readOptions } from "@roadrunner/core/cli";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit-codes.ts";
import { localWorkerOptions, readLocal } from "./local.ts";
import { runOptions } from "./options.ts";
import { runCommand } from "./run-command.ts";
import { say } from "./say.ts";
import { schemaCommand } from "./schema-command.ts";
import { VERSION } from "./version.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Runs rr-submit and gives its exit code; only a bug of ours ends it otherwise. */
export async function main(args: readonly string[], env: Env): Promise<ExitCode> {
  try {
    return await dispatch(args, env);
  } catch (error) {
    say(`rr-submit: this is a bug in Roadrunner ${VERSION}; please report it with what follows`);
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.bug;
  }
}

class UsageError extends Error {}

async function dispatch(args: readonly string[], env: Env): Promise<ExitCode> {
  let code: ExitCode = EXIT.succeeded;
  const program = yargs([...args])
    .scriptName("rr-submit")
    .parserConfiguration(PARSER_CONFIGURATION)
    .usage("Runs a job flow on many hosts, in order, through a Gearman job server.")
    .command(
      "$0 [flow]",
      "run the flow in this file",
      (y) =>
        addOptions(
          addOptions(
            y.positional("flow", {
              type: "string",
              describe: "flow file: JSON, JSON with comments, or YAML",
            }),
            runOptions,
          ),
          localWorkerOptions,
        )
          .example("rr-submit flow.json --servers gearmand:4730", "run a flow through a job server")
          .example("rr-submit flow.json --local", "run it without one, from this box")
          .example("rr-submit flow.json --limit 'db[1-3]'", "only on some of its hosts"),
      async (argv) => {
        code = await runFlow(argv, env);
      },
    )
    .command("schema", "print the JSON Schema of flow files", {}, () => {
      schemaCommand();
    })
    .strict()
    .version(VERSION)
    .help()
    .epilogue(EXIT_HELP)
    .wrap(Math.min(110, process.stdout.columns || 110))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw message === null && error !== undefined ? error : new UsageError(message ?? String(error));
    });
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`rr-submit: ${error.message}`, "rr-submit --help shows all options.");
    return EXIT.usage;
  }
  return code;
}

async function runFlow(argv: Readonly<Record<string, unknown>>, env: Env): Promise<ExitCode> {
  const file = argv["flow"];
  if (typeof file !== "string") throw new UsageError("which flow? Name its file: rr-submit <flow>");
  const options = readOptions(runOptions, argv, env);
  const local = readLocal(argv, env);
  if (!options.ok || !local.ok) {
    say(...(options.ok ? [] : options.error), ...(local.ok ? [] : local.error));
    return EXIT.usage;
  }
  return await runCommand(file, options.value, options.value.local ? local.value : undefined);
}
