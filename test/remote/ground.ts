import { runOnHost } from "../../packages/worker/src/verdict/run-on-host.ts";
import type { RemoteEnd, RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import type { Connect, RunRequest } from "../../packages/worker/src/visit/run-request.ts";
import { createSshHosts } from "../../packages/worker/src/ssh/hosts.ts";
import type { Transport } from "../../packages/worker/src/transport/lease.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";

/** Who reaches the hosts: one worker's connections. */
export interface Ground {
  readonly hosts: Transport;
  connect(host: string): Connect;
  run(fields: Partial<RemoteTask>, more?: Partial<RunRequest>): Promise<RemoteEnd>;
  close(): Promise<void>;
}

export function makeGround(sshConfigFile: string, user?: string): Ground {
  const hosts = createSshHosts({ sshConfigFiles: [sshConfigFile] });
  const connect =
    (host: string): Connect =>
    () =>
      hosts.connect({ host, connectTimeoutMs: 30_000, ...(user === undefined ? {} : { user }) });
  return {
    hosts,
    connect,
    close: () => hosts.close(),
    async run(fields, more = {}) {
      const task = remoteTask({ host: "h1", ...fields });
      const lease = await connect(task.host)();
      if (!lease.ok) throw new Error(lease.error.message);
      try {
        return await runOnHost({
          lease: lease.value,
          task,
          connect: connect(task.host),
          log: { debug: () => {}, warn: () => {} },
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
