import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
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

/** The place where the tests run: nothing but what is there. */
export function thisBoot(): { readonly bootId: string; readonly container: string } {
  const first = readFileSync("/proc/1/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return {
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    container: first[19] ?? "",
  };
}
