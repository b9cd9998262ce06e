import { existsSync } from "node:fs";
import yargs, { type Argv } from "yargs";
import {
  addOptions,
  ASK_COMPLETIONS,
  completionScript,
  joinedDashes,
  PARSER_CONFIGURATION,
  plainFlags,
  shellOf,
  SHELLS,
  succeed,
  type OptionTable,
  type OptionValues,
} from "@roadrunner/core/cli";
import { EXIT, EXIT_HELP, type ExitCode } from "../usage/exit-codes.ts";
import { print } from "../screen/print.ts";
import {
  attachOptions,
  loginOptions,
  signOptions,
  logoutOptions,
  placeOptions,
  planOptions,
  reportOptions,
  resumeOptions,
  runOptions,
  runsOptions,
  statusOptions,
} from "../usage/options.ts";
import { CARRY_DETACHED } from "../detach/word.ts";
import { say } from "../usage/say.ts";
import { withStdinNamed } from "../usage/stdin.ts";
import { VERSION } from "../usage/version.ts";
import { commandIn, commandsWith, FLOW, type Command, type CommandName } from "./commands.ts";
import { jobTables, runOneLine } from "./one-line.ts";
import { readPlaced, withLocal, withOptions, type Arguments, type Env } from "./read-options.ts";
import { needlessForPlan } from "./without-effect.ts";
import { withUserDefaults } from "./user-defaults.ts";
import { isOneLine, nearCommand, whatIsMissing, whatIsUnknown } from "./unknown.ts";

const DEFAULTS_HELP =
  "Defaults: ~/.config/roadrunner/config.yaml (or in $XDG_CONFIG_HOME), such as `servers: gearmand:4730`. " +
  "Before them go RR_… in the environment, such as RR_SERVERS, and before those the command line.";

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
  const [first, line] = args;
  if (first === ASK_COMPLETIONS && line !== undefined)
    return (await import("./complete.ts")).completeLine(line, env);
  if (first === CARRY_DETACHED && line !== undefined)
    return (await import("./detached.ts")).carryDetached(line, env);
  let code: ExitCode = EXIT.succeeded;
  const commands = commandsWith(await jobTables(args));
  const tables = Object.values(commands).flatMap((command): readonly OptionTable[] => command.tables);
  const plain = plainFlags(joinedDashes(args, tables), tables);
  if (!plain.ok) {
    say(...plain.error);
    return EXIT.usage;
  }
  let program: Argv = yargs([...plain.value])
    .scriptName("rr-submit")
    // What is behind -- is a command there, word by word.
    .parserConfiguration({ ...PARSER_CONFIGURATION, "populate--": isOneLine(args) })
    .usage("Runs a job flow on many hosts, in order, through a Gearman job server.");
  for (const [name, command] of Object.entries(commands) as [CommandName, Command][]) {
    program = program.command(
      name === FLOW ? `$0 ${command.usage}` : command.usage,
      command.describe,
      (y) => usageOf(y, command),
      async (argv: Arguments) => {
        const all = command.tables.length === 0 ? succeed(env) : await withUserDefaults(env);
        if (!all.ok) {
          say(...all.error);
          code = EXIT.usage;
          return;
        }
        code = await perform(
          name,
          withStdinNamed(argv, args),
          all.value,
          commands.run.tables[0],
          commands.ping.tables[0],
        );
      },
    );
  }
  program = program
    .strict()
    .version(VERSION)
    .help()
    .epilogue(`${DEFAULTS_HELP}\n\n${EXIT_HELP}`)
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
    const missing = whatIsMissing(error.message, commands[commandIn(args)].usage);
    if (missing !== undefined) throw new UsageError(missing);
    const known = commands[commandIn(args)].tables.flatMap((table) => Object.keys(table));
    const names = Object.keys(commands).filter((name) => name !== FLOW);
    const near = nearCommand(args, names, suggest, existsSync);
    throw new UsageError([...whatIsUnknown(error.message, args, known, suggest), ...near].join("\n"));
  }
  return code;
}

/** The word and all options of a command. */
function usageOf<A>(y: Argv<A>, { word, second, tables, examples }: Command): Argv<A> {
  const [name = ""] = word === undefined ? [] : [word === "running" ? "run" : word];
  const withWord =
    word === undefined ? y : (y.positional(name, { type: "string", describe: WORDS[word] }) as Argv<A>);
  const withSecond =
    second === undefined
      ? withWord
      : (withWord.positional(second, { type: "string", describe: SECOND_WORDS[second] }) as Argv<A>);
  const withOptions = tables.reduce((to, table) => addOptions(to, table), withSecond);
  return examples === undefined ? withOptions : withOptions.example(examples);
}

const RUN_WORD = "last, a run id or its beginning";
const WORDS: Readonly<Record<NonNullable<Command["word"]>, string>> = {
  flow: "flow file: JSON, JSON with comments, or YAML; - for standard input",
  hosts:
    "a host expression such as db[1-3], or @GROUP of the inventory; @- for standard input, @file:PATH, @failed:RUN",
  run: `${RUN_WORD}, or for a report the path of a journal; without it, last`,
  running: RUN_WORD,
  shell: `${SHELLS.join(", ")}; without it, the one of $SHELL`,
};

const SECOND_WORDS = { job: "the job that holds; without it, the only thing that waits" };

async function perform(
  name: CommandName,
  argv: Arguments,
  env: Env,
  ofRun: OptionTable,
  ofPing: OptionTable,
): Promise<ExitCode> {
  const run = typeof argv["run"] === "string" ? argv["run"] : "last";
  switch (name) {
    case FLOW:
      return runFlow(argv, env);
    case "run":
      return runOneLine(name, argv, env, ofRun);
    case "ping":
      return runOneLine(name, argv, env, ofPing);
    case "plan":
      return runPlan(argv, env);
    case "report":
      return withOptions(argv, env, reportOptions, async (options) =>
        (await import("../commands/report-command.ts")).reportCommand(run, options, { ...options, env }),
      );
    case "resume":
      return withOptions(argv, env, resumeOptions, async (options) =>
        withLocal(argv, env, options, async (startLocal) => {
          const { resumeCommand } = await import("../commands/runs/resume-command.ts");
          return resumeCommand(run, options, env, startLocal, argv);
        }),
      );
    case "attach":
      return withOptions(argv, env, attachOptions, async (options) =>
        (await import("../commands/runs/attach-command.ts")).attachCommand(run, options, { ...options, env }),
      );
    case "stop":
      return withOptions(argv, env, placeOptions, async (options) =>
        (await import("../commands/runs/stop-command.ts")).stopCommand(run, { ...options, env }),
      );
    case "sign":
      return withOptions(argv, env, signOptions, async (options) =>
        (await import("../commands/runs/sign-command.ts")).signCommand(run, { ...options, env }),
      );
    case "confirm": {
      const job = typeof argv["job"] === "string" ? argv["job"] : undefined;
      return withOptions(argv, env, placeOptions, async (options) =>
        (await import("../commands/runs/confirm-command.ts")).confirmCommand(run, job, { ...options, env }),
      );
    }
    case "runs":
      return withOptions(argv, env, runsOptions, async (options) =>
        (await import("../commands/runs/runs-command.ts")).runsCommand(options, { ...options, env }),
      );
    case "status":
      return withOptions(argv, env, statusOptions, async (options) =>
        (await import("../commands/status-command.ts")).statusCommand(options, {
          serversNamed: (argv["servers"] ?? env["RR_SERVERS"]) !== undefined,
          env,
        }),
      );
    case "login":
      return withOptions(argv, env, loginOptions, async (options) =>
        (await import("../commands/login-commands.ts")).loginCommand(options, env),
      );
    case "logout":
      return withOptions(argv, env, logoutOptions, async (options) =>
        (await import("../commands/login-commands.ts")).logoutCommand(options, env),
      );
    case "schema":
      return (await import("../commands/schema-command.ts")).schemaCommand();
    case "completion":
      return completion(argv["shell"], env);
  }
}

async function completion(named: unknown, env: Env): Promise<ExitCode> {
  const shell = shellOf(typeof named === "string" ? named : undefined, env["SHELL"]);
  if (shell !== undefined) return print(completionScript("rr-submit", shell).trimEnd(), EXIT.succeeded);
  throw new UsageError(
    `there is no completion for ${JSON.stringify(named)}; there is for ${SHELLS.join(", ")}`,
  );
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
  const near = await meantCommand(file);
  if (near !== undefined) throw new UsageError(near);
  const options = readPlaced(argv, env, table);
  if (options.ok) return command(file, options.value);
  say(...options.error);
  return EXIT.usage;
}

/** A word that names no file, and is near the name of a command. */
async function meantCommand(file: string): Promise<string | undefined> {
  if (!/^[A-Za-z-]+$/.test(file) || existsSync(file)) return undefined;
  const { suggest } = await import("@roadrunner/core");
  const [near] = nearCommand([file], Object.keys(commandsWith({ run: {}, ping: {} })), suggest, existsSync);
  return near;
}

async function runFlow(argv: Arguments, env: Env): Promise<ExitCode> {
  return withFlow(argv, env, runOptions, async (file, options) =>
    withLocal(argv, env, options, async (startLocal) => {
      const { runCommand } = await import("../commands/run-command.ts");
      return runCommand({ file }, options, env, startLocal, argv);
    }),
  );
}

async function runPlan(argv: Arguments, env: Env): Promise<ExitCode> {
  return withFlow(argv, env, planOptions, async (file, options) => {
    if (!options["ask-hosts"]) {
      const needless = needlessForPlan(argv, options);
      if (needless.length === 0)
        return (await import("../commands/plan-command.ts")).planCommand(file, options, {
          serversNamed: argv["servers"] !== undefined,
          env,
        });
      say(...needless);
      return EXIT.usage;
    }
    return withLocal(
      argv,
      env,
      { ...options, coordinator: undefined, follow: undefined },
      async (startLocal) =>
        (await import("../commands/ask-hosts.ts")).askHosts(file, options, env, startLocal),
    );
  });
}
