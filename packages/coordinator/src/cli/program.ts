import yargs from "yargs";
import {
  addOptions,
  ASK_COMPLETIONS,
  completionScript,
  nearOptions,
  PARSER_CONFIGURATION,
  readOptions,
  withServersPrefixed,
  shellOf,
  SHELLS,
} from "@roadrunner/core/cli";
import { coordinatorOptions } from "../options/options.ts";
import { complain } from "./complain.ts";
import { completeLine } from "./complete.ts";
import { shownPassword } from "../options/shown-password.ts";
import { VERSION } from "../options/version.ts";

/** Runs rr-coordinator until it is told to leave; gives its exit code. */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const [first, line] = args;
  if (first === ASK_COMPLETIONS && line !== undefined) return completeLine(line);
  let usage: string | undefined;
  let helped = true;
  let completed: number | undefined;
  const program = addOptions(
    yargs([...args])
      .scriptName("rr-coordinator")
      .parserConfiguration(PARSER_CONFIGURATION)
      .usage("Carries runs of Roadrunner flows that rr-submit hands over, and remembers them.")
      .command("$0", false, {}, () => {
        helped = false;
      }),
    coordinatorOptions,
  )
    .command(
      "completion [shell]",
      `print a script that completes command lines in ${SHELLS.join(", ")}`,
      (y) =>
        y.positional("shell", {
          type: "string",
          describe: `${SHELLS.join(", ")}; without it, the one of $SHELL`,
        }),
      (argv) => {
        completed = completion(argv.shell, env);
      },
    )
    .example("rr-coordinator --servers gearmand:4730", "carry this user's runs, remembered in a file")
    .example(
      "rr-coordinator --servers a:4730,b:4730 --store postgres://rr@db/rr",
      "one of several that share a store",
    )
    .strict()
    .version(VERSION)
    .help()
    .epilogue(
      "SIGTERM or SIGINT: take nothing new, leave the runs open for whoever takes them over, and end within 10 s. Again: end at " +
        "once. Every option also as RR_… in the environment.",
    )
    .wrap(Math.min(110, process.stdout.columns || 110))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      usage = message ?? String(error);
    });
  const argv = await program.parseAsync();
  if (usage !== undefined) {
    const { suggest } = await import("@roadrunner/core");
    const near = nearOptions(usage, args, Object.keys(coordinatorOptions), suggest);
    return complain([usage, ...near, "rr-coordinator --help shows all options."]);
  }
  if (completed !== undefined) return completed;
  if (helped) return 0;
  const shown = shownPassword(typeof argv["store"] === "string" ? argv["store"] : undefined);
  if (shown !== undefined) return complain([shown]);
  const options = readOptions(coordinatorOptions, argv, env);
  if (!options.ok) return complain(options.error);
  // Only here: what serves would slow down --help.
  const { serve } = await import("./serve.ts");
  return serve(withServersPrefixed(options.value), env);
}

function completion(named: string | undefined, env: Readonly<Record<string, string | undefined>>): number {
  const shell = shellOf(named, env["SHELL"]);
  if (shell === undefined)
    return complain([
      `there is no completion for ${JSON.stringify(named)}; there is for ${SHELLS.join(", ")}`,
    ]);
  process.stdout.write(completionScript("rr-coordinator", shell));
  return 0;
}
