import type { Result } from "@roadrunner/core";
import { createLogger, HealthServer } from "@roadrunner/core/service";
import { openAuthorities } from "../authority/open-authorities.ts";
import { WorkerMetrics } from "../health/metrics.ts";
import { reasonsNotReady } from "../health/readiness.ts";
import { startWorker } from "../start-worker.ts";
import { complain } from "./complain.ts";
import type { WorkerOptions } from "../options/options.ts";

const EXIT_INFRASTRUCTURE = 3;
const EXIT_BUG = 70;

/** Serves until a signal tells it to leave; gives rr-worker's exit code. */
export async function serve(options: WorkerOptions): Promise<number> {
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
  if (watched !== undefined) {
    metrics.watch(() => worker.standing);
    watched.value.serve({
      contentType: metrics.contentType,
      text: () => metrics.text(),
      reasonsNotReady: () => reasonsNotReady(worker.standing),
    });
    log.info("serving metrics", { port: watched.value.port });
  }
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
  const { running, gatesAsked } = worker.standing;
  if (running + gatesAsked > 0) await exitWithLogs(code);
  return code;
}

/** Ends the process when the log is written: what still runs would keep it alive. */
async function exitWithLogs(code: number): Promise<never> {
  return new Promise(() => process.stderr.write("", () => process.exit(code)));
}

async function listen(options: WorkerOptions): Promise<Result<HealthServer, string> | undefined> {
  const port = options["metrics-port"];
  return port === undefined ? undefined : HealthServer.listen(options["metrics-address"], port);
}
