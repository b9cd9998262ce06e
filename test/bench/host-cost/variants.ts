import { randomBytes } from "node:crypto";
import {
  remoteProgram,
  servedProgram,
  type RemoteProgram,
} from "../../../packages/worker/src/program/program.ts";
import type { RemoteTask } from "../../../packages/worker/src/program/remote-task.ts";
import { remoteTask } from "../../../packages/worker/test/program/task.ts";

/** What is measured: each has all that the one before it has, and one part more. */
export interface Variant {
  readonly name: string;
  /** Fields of the task; none: the bare command, without our program. */
  readonly task?: Partial<RemoteTask>;
  /** In one shell that is kept, after its first task. */
  readonly kept?: boolean;
}

const once: Partial<RemoteTask> = { delivery: "once" };
const finish: Partial<RemoteTask> = { ...once, onDisconnect: "finish" };
const limit: Partial<RemoteTask> = { ...finish, timeoutMs: 60_000 };
const script: Partial<RemoteTask> = { ...limit, script: { name: "step.sh", text: "#!/bin/sh\ntrue\n" } };

/** Twenty variables of forty bytes. */
const env = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`VALUE_${index}`, "x".repeat(40)]));

export const VARIANTS: readonly Variant[] = [
  { name: "`sh -c true`" },
  { name: "the program (`repeatable`, `attached`)", task: {} },
  { name: "+ the record (`once`)", task: once },
  { name: "+ the drainer (`finish`)", task: finish },
  { name: "+ the guard (`timeout`)", task: limit },
  { name: "+ a script instead of a command", task: script },
  { name: "+ 20 variables", task: { ...script, env } },
  { name: "kept shell: the program", task: {}, kept: true },
  { name: "kept shell: + the record", task: once, kept: true },
  { name: "kept shell: + the drainer", task: finish, kept: true },
  { name: "kept shell: + the guard", task: limit, kept: true },
];

const PLACE = { server: "OpenSSH_9.2p1" };

/** The program of one run: what rr-worker sends to an OpenSSH server for the command `true`. */
export function programOf(fields: Partial<RemoteTask>): { program: RemoteProgram; nonce: string } {
  const task = taskOf(fields);
  return { program: remoteProgram(task, PLACE), nonce: task.nonce };
}

/** The same for a shell that is kept: the first one, or one that it serves later. */
export function keptProgramOf(fields: Partial<RemoteTask>) {
  const [task, place] = [taskOf(fields), { ...PLACE, isKept: true }];
  const [program, served] = [remoteProgram(task, place), servedProgram(task, place)];
  return { program, served, nonce: task.nonce, task };
}

function taskOf(fields: Partial<RemoteTask>): RemoteTask {
  const nonce = randomBytes(12).toString("hex");
  return remoteTask({
    nonce,
    recordKey: nonce.padEnd(26, "x"),
    ...fields,
    env: {
      ...fields.env,
      RR_HOST: "web1",
      RR_RUN: "20261124-091612-abcdefgh",
      RR_JOB: "restart",
      RR_ATTEMPT: "1",
    },
  });
}
