import { fail, readOptions, succeed, type OptionTable, type Result } from "@roadrunner/core/cli";
import type { ServerAddress } from "@roadrunner/core/gearman";
import { runnerOptions, sshOptions } from "@roadrunner/worker/options";
import { grouped } from "../usage/options.ts";

/** The embedded job server and worker of `--local`; the one file where the client meets the worker's package. */
export interface LocalParts {
  readonly servers: readonly ServerAddress[];
  close(): Promise<void>;
}

/** Starts them; the error is the text for the operator. */
export type StartLocal = () => Promise<Result<LocalParts, string>>;

/** The worker's options that `--local` takes as well. */
const localOptions = { ...runnerOptions, ...sshOptions };
export const localWorkerOptions: OptionTable = grouped("With --local, as of rr-worker:", localOptions);

/** Reads the worker's options. */
export function readLocal(
  argv: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Result<StartLocal, readonly string[]> {
  const options = readOptions(localOptions, argv, env);
  if (!options.ok) return fail(options.error);
  return succeed(async () => {
    // Only here: ssh2 and winston would slow down every other start.
    const { startEmbeddedServer } = await import("@roadrunner/core/gearman");
    const { createLogger } = await import("@roadrunner/core/service");
    const { Authority, startWorker } = await import("@roadrunner/worker");
    const started = await startEmbeddedServer();
    if (!started.ok) return fail(`--local: no private folder for its job server: ${started.error}`);
    const server = started.value;
    const worker = startWorker({
      ...options.value,
      servers: [server.address],
      pool: undefined,
      "function-prefix": undefined,
      id: undefined,
      "drain-timeout": undefined,
      "lost-timeout": 0,
      authorities: { authority: Authority.ofOperator() },
      log: createLogger({ level: "warn", format: "auto" }),
    });
    return succeed({
      servers: [server.address],
      close: async () => {
        await worker.close();
        await server.close();
      },
    });
  });
}
