import yargs from "yargs";
import type { Result } from "@roadrunner/core";
import { addOptions, PARSER_CONFIGURATION, readOptions } from "@roadrunner/core/cli";
import { openAuthorities } from "../authority/options.ts";
import { VERSION } from "../daemon/version.ts";
import { HealthServer } from "../health/health-server.ts";
import { WorkerMetrics } from "../health/metrics.ts";
import { startWorker } from "../start-worker.ts";
import { createLogger } from "./logger.ts";
import { workerOptions, type WorkerOptions } from "./options.ts";

const EXIT_USAGE = 2;
const EXIT_INFRASTRUCTURE = 3;
const EXIT_BUG = 70;

/** Runs rr-worker until it is told to leave; gives its exit code. */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let usage: string | undefined;
  let helped = true;
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
    .example("rr-worker --servers gearmand:4730", "serve the default function")
    .example(
      "rr-worker --servers a:4730,b:4730 --pool dc1 --concurrency 200",
      "serve a pool, from two job servers",
    )
    .strict()
    .version(VERSION)
    .help()
    .epilogue(
      "SIGTERM: finish what runs, then leave; again: kill what runs. Every option also as RR_… in the environment.",
    )
    .wrap(Math.min(110, process.stdout.columns || 110))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      usage = message ?? String(error);
    });
  const argv = await program.parseAsync();
  if (usage !== undefined) return complain([usage, "rr-worker --help shows all options."]);
  if (helped) return 0;
  const options = readOptions(workerOptions, argv, env);
  return options.ok ? serve(options.value) : complain(options.error);
}

async function serve(options: WorkerOptions): Promise<number> {
  const authorities = openAuthorities(options);
  if (!authorities.ok) return complain(authorities.error);
  const log = createLogger({ level: options["log-level"], format: options["log-format"] });
  const watched = await listen(options);
  if (watched?.ok === false) {
    log.error(watched.error);
    return EXIT_INFRASTRUCTURE;
  }
  const metrics = new WorkerMetrics();
  const worker = startWorker({ ...options, log, observer: metrics, authorities: authorities.value });
  watched?.value.serve(metrics, () => worker.standing);
  if (watched !== undefined) log.info("serving metrics", { port: watched.value.port });
  const onSignal = (signal: NodeJS.Signals): void => worker.signal(signal);
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  process.on("uncaughtException", (error) => {
    log.error("a bug in rr-worker; please report it", { error: error.stack ?? error.message });
    process.exitCode = EXIT_BUG;
    worker.signal("uncaughtException");
  });
  await worker.left;
  await watched?.value.close();
  process.off("SIGTERM", onSignal);
  process.off("SIGINT", onSignal);
  const code = Number(process.exitCode ?? 0);
  if (worker.standing.running > 0) await exitWithLogs(code);
  return code;
}

/** What was let go of would keep this process asking for it: ends it when the log is written. */
async function exitWithLogs(code: number): Promise<never> {
  return new Promise(() => process.stderr.write("", () => process.exit(code)));
}

async function listen(options: WorkerOptions): Promise<Result<HealthServer, string> | undefined> {
  const port = options["metrics-port"];
  return port === undefined ? undefined : HealthServer.listen(options["metrics-address"], port);
}

function complain(problems: readonly string[]): number {
  process.stderr.write(`${problems.map((problem) => `rr-worker: ${problem}`).join("\n")}\n`);
  return EXIT_USAGE;
}
