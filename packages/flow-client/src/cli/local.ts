import { fail, readOptions, succeed, type OptionTable, type Result } from "@roadrunner/core/cli";
import type { ServerAddress } from "@roadrunner/core/gearman";
import { runnerOptions, sshOptions } from "@roadrunner/worker/options";
import { grouped } from "./options.ts";

/** The embedded job server and worker of `--local`; the one place where the client meets the worker's package. */
export interface LocalParts {
  readonly servers: readonly ServerAddress[];
  close(): Promise<void>;
}

/** The worker's options that `--local` takes as well. */
const localOptions = { ...runnerOptions, ...sshOptions };
export const localWorkerOptions: OptionTable = grouped("With --local, as of rr-worker:", localOptions);

/** Reads the worker's options; the value starts server and worker. */
export function readLocal(
  argv: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Result<() => Promise<LocalParts>, readonly string[]> {
  const options = readOptions(localOptions, argv, env);
  if (!options.ok) return fail(options.error);
  return succeed(async () => {
    // Only here: ssh2 and winston would slow down every other start.
    const { startEmbeddedServer } = await import("@roadrunner/core/gearman");
    const { createLogger, startWorker } = await import("@roadrunner/worker");
    const server = await startEmbeddedServer({ host: "127.0.0.1", port: 0 });
    const worker = startWorker({
      ...options.value,
      servers: [server.address],
      pool: undefined,
      id: undefined,
      "drain-timeout": undefined,
      "lost-timeout": 0,
      log: createLogger({ level: "warn", format: "auto" }),
    });
    return {
      servers: [server.address],
      close: async () => {
        await worker.close();
        await server.close();
      },
    };
  });
}
