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
import { VERSION } from "../daemon/version.ts";
import { complain } from "./complain.ts";
import { contradictions } from "../options/contradictions.ts";
import { workerOptions } from "../options/options.ts";
import { completeLine } from "./complete.ts";

/** Runs rr-worker until it is told to leave; gives its exit code. */
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
      .scriptName("rr-worker")
      .parserConfiguration(PARSER_CONFIGURATION)
      .usage("Takes Roadrunner tasks from Gearman job servers and runs each on its host over SSH.")
      .command("$0", false, {}, () => {
        helped = false;
      }),
    workerOptions,
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
    .example("rr-worker --servers gearmand:4730", "serve the default function")
    .example(
      "rr-worker --servers a:4730,b:4730 --pool dc1 --concurrency 200",
      "serve a pool, from two job servers",
    )
    .strict()
    .version(VERSION)
    .help()
    .epilogue(
      "SIGTERM or SIGINT: take nothing new, finish what runs, then leave. Again: leave at once; `once` commands keep running " +
        "on their hosts, for another worker to wait for, attached ones are killed. " +
        "Every option also as RR_… in the environment.",
    )
    .wrap(Math.min(110, process.stdout.columns || 110))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      usage = message ?? String(error);
    });
  const argv = await program.parseAsync();
  if (usage !== undefined) {
    const { suggest } = await import("@roadrunner/core");
    const near = nearOptions(usage, args, Object.keys(workerOptions), suggest);
    return complain([usage, ...near, "rr-worker --help shows all options."]);
  }
  if (completed !== undefined) return completed;
  if (helped) return 0;
  const options = readOptions(workerOptions, argv, env);
  if (!options.ok) return complain(options.error);
  const contradicted = contradictions(options.value);
  if (contradicted.length > 0) return complain(contradicted);
  // Only here: what serves would slow down --help.
  const { serve } = await import("./serve.ts");
  return serve(withServersPrefixed(options.value));
}

function completion(named: string | undefined, env: Readonly<Record<string, string | undefined>>): number {
  const shell = shellOf(named, env["SHELL"]);
  if (shell === undefined)
    return complain([
      `there is no completion for ${JSON.stringify(named)}; there is for ${SHELLS.join(", ")}`,
    ]);
  process.stdout.write(completionScript("rr-worker", shell));
  return 0;
}
