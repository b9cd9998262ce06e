import { defined } from "@roadrunner/core";
import { shellName } from "../../packages/worker/src/program/kept-shell.ts";
import { runOnHost } from "../../packages/worker/src/verdict/run-on-host.ts";
import type { RemoteEnd, RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import type { Connect, RunRequest } from "../../packages/worker/src/visit/run-request.ts";
import { KeptShells } from "../../packages/worker/src/visit/kept/kept-shells.ts";
import { createSshHosts } from "../../packages/worker/src/ssh/hosts.ts";
import type { Carrier, Lease, Transport } from "../../packages/worker/src/transport/transport.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";

/** Who reaches the hosts: one worker's connections. */
export interface Ground {
  readonly hosts: Transport;
  connect(host: string): Connect;
  /** In a kept shell that has served a task, where the ground keeps shells; else in one of its own. */
  run(fields: Partial<RemoteTask>, more?: Partial<RunRequest>): Promise<RemoteEnd>;
  close(): Promise<void>;
}

const SILENT = { debug: () => {}, warn: () => {} };

export interface GroundOptions {
  /** Each task comes to a shell that has served another one. */
  readonly keeps?: boolean;
  readonly transport?: Carrier;
}

export function makeGround(
  sshConfigFile: string,
  user?: string,
  { keeps = false, transport = "builtin" }: GroundOptions = {},
): Ground {
  const shells = keeps ? new KeptShells(600_000) : undefined;
  const hosts = createSshHosts({ sshConfigFiles: [sshConfigFile], transport });
  const connect =
    (host: string): Connect =>
    () =>
      hosts.connect({ host, connectTimeoutMs: 30_000, ...(user === undefined ? {} : { user }) });
  /** Has a shell that has served a task, unless a busy machine never proves that it may be kept. */
  const keepOne = async (shells: KeptShells, { connectionId }: Lease, task: RemoteTask): Promise<void> => {
    const { host, become, owner } = task;
    for (let tries = 0; tries < 5 && !(await shells.has(connectionId, shellName(task))); tries += 1) {
      const lease = await connect(host)();
      if (!lease.ok) return;
      const warmUp = remoteTask({ host, ...defined({ become, owner }) });
      await runOnHost({ lease: lease.value, task: warmUp, connect: connect(host), log: SILENT, shells });
      lease.value.release();
    }
  };
  return {
    hosts,
    connect,
    close: () => hosts.close(),
    async run(fields, more = {}) {
      const task = remoteTask({ host: "h1", ...fields });
      const lease = await connect(task.host)();
      if (!lease.ok) throw new Error(lease.error.message);
      try {
        if (shells !== undefined) await keepOne(shells, lease.value, task);
        return await runOnHost({
          lease: lease.value,
          task,
          connect: connect(task.host),
          log: SILENT,
          ...(shells === undefined ? {} : { shells }),
          ...more,
        });
      } finally {
        lease.value.release();
      }
    },
  };
}

/** What was captured of a stream, as text. */
export function textOf({ head, tail }: RemoteEnd["stdout"]): string {
  return Buffer.concat([head, tail]).toString();
}

/** For a worker that is dead: it reaches nothing any more. */
export const deadConnect: Connect = async () => ({
  ok: false,
  error: { reason: "lost", message: "this worker is dead", blame: "worker", noRetry: false },
});
