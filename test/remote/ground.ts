import { randomBytes } from "node:crypto";
import { runOnHost } from "../../packages/worker/src/remote/run-on-host.ts";
import type { RemoteEnd, RemoteTask } from "../../packages/worker/src/remote/remote-task.ts";
import type { Connect, RunRequest } from "../../packages/worker/src/remote/run-request.ts";
import { createSshHosts } from "../../packages/worker/src/ssh/hosts.ts";
import type { SshHosts } from "../../packages/worker/src/ssh/lease.ts";

/** A task as a worker would make it from a workload by hand. */
export function remoteTask(fields: Partial<RemoteTask> = {}): RemoteTask {
  return {
    host: "h1",
    nonce: randomBytes(10).toString("hex"),
    attempt: 1,
    ...(fields.script === undefined ? { command: "true" } : {}),
    env: {},
    secretEnv: {},
    shell: "/bin/sh",
    killGraceMs: 2000,
    connectTimeoutMs: 30_000,
    okCodes: [0],
    delivery: "repeatable",
    onDisconnect: "attached",
    maxOutputBytes: 1024 * 1024,
    ...fields,
  };
}

/** Who reaches the hosts: one worker's connections. */
export interface Ground {
  readonly hosts: SshHosts;
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
      const task = remoteTask(fields);
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
