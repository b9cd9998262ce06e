import yargs, { type Argv, type FallbackCompletionFunction } from "yargs";
import {
  addOptions,
  joinedDashes,
  PARSER_CONFIGURATION,
  plainFlags,
  readOptions,
  type OptionTable,
  type OptionValues,
} from "@roadrunner/core/cli";
import { EXIT, EXIT_HELP, type ExitCode } from "../usage/exit-codes.ts";
import { localWorkerOptions } from "../carry/local.ts";
import {
  attachOptions,
  oneLineOptions,
  planOptions,
  reportOptions,
  resumeOptions,
  runOptions,
  runsOptions,
  statusOptions,
} from "../usage/options.ts";
import { say } from "../usage/say.ts";
import { withStdinNamed } from "../usage/stdin.ts";
import { VERSION } from "../usage/version.ts";
import { jobTables, oneLineUsage, PING_EXAMPLES, RUN_EXAMPLES, runOneLine } from "./one-line.ts";
import { withLocal, withOptions, type Arguments, type Env } from "./read-options.ts";
import { needlessForPlan } from "./without-effect.ts";
import { isOneLine, whatIsUnknown } from "./unknown.ts";

class UsageError extends Error {}

/**
 * Runs rr-submit and gives its exit code; only a bug of ours ends it otherwise. A command's module is loaded when the
 * command runs: `--help`, completion and mistakes in the usage need none of them.
 */
export async function main(args: readonly string[], env: Env): Promise<ExitCode> {
  try {
    return await dispatch(args, env);
  } catch (error) {
    if (error instanceof UsageError) {
      say(`rr-submit: ${error.message}`, "rr-submit --help shows all options.");
      return EXIT.usage;
    }
    say(`rr-submit: this is a bug in Roadrunner ${VERSION}; please report it with what follows`);
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.bug;
  }
}

async function dispatch(args: readonly string[], env: Env): Promise<ExitCode> {
  let code: ExitCode = EXIT.succeeded;
  const jobs = await jobTables(args);
  const tables = [...TABLES, jobs.run, jobs.ping];
  const plain = plainFlags(joinedDashes(args, tables), tables);
  if (!plain.ok) {
    say(...plain.error);
    return EXIT.usage;
  }
  const program = yargs([...plain.value])
    .scriptName("rr-submit")
    // What is behind -- is a command there, word by word.
    .parserConfiguration({ ...PARSER_CONFIGURATION, "populate--": isOneLine(args) })
    .usage("Runs a job flow on many hosts, in order, through a Gearman job server.")
    .command(
      "$0 [flow]",
      "run the flow in this file",
      (y) => addOptions(addOptions(flowPositional(y), runOptions), localWorkerOptions).example(EXAMPLES),
      async (argv) => {
        code = await runFlow(withStdinNamed(argv, args), env);
      },
    )
    .command(
      "run [hosts]",
      "run one command on hosts: rr-submit run HOSTS -- COMMAND",
      (y) => oneLineUsage(y, jobs.run, RUN_EXAMPLES),
      async (argv: Arguments) => {
        code = await runOneLine("run", argv, env, jobs.run);
      },
    )
    .command(
      "ping [hosts]",
      "log in to hosts, and tell who can be reached and why others cannot",
      (y) => oneLineUsage(y, jobs.ping, PING_EXAMPLES),
      async (argv: Arguments) => {
        code = await runOneLine("ping", argv, env, jobs.ping);
      },
    )
    .command(
      "plan [flow]",
      "show what would run: hosts, steps, rounded numbers, warnings; sends nothing, unless --ask-hosts",
      (y) => addOptions(addOptions(flowPositional(y), planOptions), localWorkerOptions),
      async (argv) => {
        code = await runPlan(withStdinNamed(argv, args), env);
      },
    )
    .command(
      "report <run>",
      "report a past run from its journal, as text, JSON, JUnit XML or one HTML page",
      (y) =>
        addOptions(
          y.positional("run", {
            type: "string",
            describe: "last, a run id or its beginning, or the path of a journal",
          }),
          reportOptions,
        ).example(REPORT_EXAMPLES),
      async (argv: Arguments) => {
        code = await withOptions(argv, env, reportOptions, async (options) =>
          (await import("../commands/report-command.ts")).reportCommand(String(argv["run"]), options, env),
        );
      },
    )
    .command(
      "resume <run>",
      "go on with a run that was interrupted, stopped, or has failed",
      (y) => addOptions(addOptions(runPositional(y), resumeOptions), localWorkerOptions),
      async (argv: Arguments) => {
        code = await withOptions(argv, env, resumeOptions, async (options) =>
          withLocal(argv, env, options, async (startLocal) => {
            const { resumeCommand } = await import("../commands/resume-command.ts");
            return resumeCommand(String(argv["run"]), options, env, startLocal);
          }),
        );
      },
    )
    .command(
      "attach <run>",
      "show a run of another rr-submit",
      (y) => addOptions(runPositional(y), attachOptions),
      async (argv: Arguments) => {
        code = await withOptions(argv, env, attachOptions, async (options) =>
          (await import("../commands/attach-command.ts")).attachCommand(String(argv["run"]), options, env),
        );
      },
    )
    .command(
      "runs",
      "list past and present runs",
      (y) => addOptions(y, runsOptions),
      async (argv: Arguments) => {
        code = await withOptions(argv, env, runsOptions, async (options) =>
          (await import("../commands/runs-command.ts")).runsCommand(options, env),
        );
      },
    )
    .command(
      "status",
      "show job servers, queues and workers as they are now",
      (y) => addOptions(y, statusOptions),
      async (argv: Arguments) => {
        code = await withOptions(argv, env, statusOptions, async (options) =>
          (await import("../commands/status-command.ts")).statusCommand(options),
        );
      },
    )
    .command("schema", "print the JSON Schema of flow files", {}, async () => {
      code = await (await import("../commands/schema-command.ts")).schemaCommand();
    })
    .command(COMPLETION, "print a script that completes commands and options in bash or zsh", {}, () => {
      program.showCompletionScript();
    })
    .completion(YARGS_COMPLETION, false, withoutDefaultCommand)
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
    const { suggest } = await import("@roadrunner/core");
    const known = [...optionsOf(args, jobs)];
    throw new UsageError(whatIsUnknown(error.message, args, known, suggest).join("\n"));
  }
  return code;
}

/** Every table with flags in it. */
const TABLES = [planOptions, reportOptions, resumeOptions, runOptions, runsOptions, statusOptions];

/** What the command that the words name could be given. */
function optionsOf(args: readonly string[], jobs: Awaited<ReturnType<typeof jobTables>>): readonly string[] {
  const tables: Readonly<Record<string, readonly OptionTable[]>> = {
    run: [jobs.run, oneLineOptions, localWorkerOptions],
    ping: [jobs.ping, oneLineOptions, localWorkerOptions],
    plan: [planOptions, localWorkerOptions],
    report: [reportOptions],
    resume: [resumeOptions, localWorkerOptions],
    attach: [attachOptions],
    runs: [runsOptions],
    status: [statusOptions],
  };
  const command = args.find((arg) => Object.hasOwn(tables, arg)) ?? "";
  return (tables[command] ?? [runOptions, localWorkerOptions]).flatMap((table) => Object.keys(table));
}

const COMPLETION = "completion";
/**
 * yargs' own command for that prints the script before it looks at the other words, and then, since it may not
 * end the process, goes on to the default command. So it has a name that nobody types.
 */
const YARGS_COMPLETION = "--completion-of-yargs";

/** yargs offers the name of the default command, $0, as if somebody could type it. */
const withoutDefaultCommand: FallbackCompletionFunction = (_current, _argv, usual, done) => {
  usual((error, completions) => {
    if (error === null) done((completions ?? []).filter((word) => !word.startsWith("$0")));
  });
};

const EXAMPLES: [string, string][] = [
  ["rr-submit run 'db[1-3]' --local -- uptime", "run one command, from this box"],
  ["rr-submit plan flow.json", "see what would run"],
  ["rr-submit flow.json --servers gearmand:4730", "run it through a job server"],
  ["rr-submit flow.json --local", "run it without one, from this box"],
  ["rr-submit flow.json --limit 'db[1-3]'", "only on some of its hosts"],
  ["rr-submit flow.json --follow 'db[1-3]'", "watch what they write"],
  ["rr-submit report last --html run.html", "tell others how it went"],
  ["rr-submit completion >> ~/.bashrc", "complete commands and options"],
];

const REPORT_EXAMPLES: [string, string][] = [
  ["rr-submit report last", "the last run, with all output gathered"],
  ["rr-submit report last --html run.html", "a page to send to others"],
  ["docker compose run --rm -T submit report last --html - > run.html", "out of a container"],
  ["rr-submit report 20261124-0916 --junit run.xml", "for a CI server"],
];

function runPositional<A>(y: Argv<A>): Argv<A> {
  return y.positional("run", { type: "string", describe: "last, a run id or its beginning" }) as Argv<A>;
}

function flowPositional<A>(y: Argv<A>): Argv<A> {
  return y.positional("flow", {
    type: "string",
    describe: "flow file: JSON, JSON with comments, or YAML; - for standard input",
  }) as Argv<A>;
}

/** Reads the options of a command that takes a flow, or tells all that is wrong with them. */
async function withFlow<T extends OptionTable>(
  argv: Arguments,
  env: Env,
  table: T,
  command: (file: string, options: OptionValues<T>) => Promise<ExitCode>,
): Promise<ExitCode> {
  const file = argv["flow"];
  if (typeof file !== "string" || file === "")
    throw new UsageError("which flow? Name its file: rr-submit <flow>");
  const options = readOptions(table, argv, env);
  if (options.ok) return command(file, options.value);
  say(...options.error);
  return EXIT.usage;
}

async function runFlow(argv: Arguments, env: Env): Promise<ExitCode> {
  return withFlow(argv, env, runOptions, async (file, options) =>
    withLocal(argv, env, options, async (startLocal) => {
      const { runCommand } = await import("../commands/run-command.ts");
      return runCommand({ file }, options, env, startLocal);
    }),
  );
}

async function runPlan(argv: Arguments, env: Env): Promise<ExitCode> {
  return withFlow(argv, env, planOptions, async (file, options) => {
    if (!options["ask-hosts"]) {
      const needless = needlessForPlan(argv);
      if (needless.length === 0)
        return (await import("../commands/plan-command.ts")).planCommand(file, options, env);
      say(...needless);
      return EXIT.usage;
    }
    return withLocal(argv, env, { ...options, follow: undefined }, async (startLocal) =>
      (await import("../commands/ask-hosts.ts")).askHosts(file, options, env, startLocal),
    );
  });
}
