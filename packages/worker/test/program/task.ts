import { randomBytes } from "node:crypto";
import type { RemoteTask } from "../../src/program/remote-task.ts";

/** A task with a fresh nonce; what a test is about is named by the test. */
export function remoteTask(fields: Partial<RemoteTask> = {}): RemoteTask {
  return {
    host: "127.0.0.1",
    nonce: randomBytes(10).toString("hex"),
    attempt: 1,
    ...(fields.script === undefined ? { command: "true" } : {}),
    env: {},
    secretEnv: {},
    shell: "/bin/sh",
    killGraceMs: 2000,
    connectTimeoutMs: 15_000,
    okCodes: [0],
    delivery: "repeatable",
    onDisconnect: "attached",
    maxOutputBytes: 1024 * 1024,
    ...fields,
  };
}
