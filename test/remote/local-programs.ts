import { killProgram, type KillOrder } from "../../packages/worker/src/program/kill-program.ts";
import type { RemoteProcess } from "../../packages/worker/src/program/marks.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import { remoteProgram } from "../../packages/worker/src/program/program.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { startLocally, type LocalRun } from "../../packages/worker/test/program/local-shell.ts";

export type Shell = readonly [string, ...string[]];

/** The place that the programs are written for: a session of their own, as a local shell has it here. */
export const OPENSSH = { server: "OpenSSH_9.2p1" };

/** One delivery of a task. */
export function deliverTask(
  shell: Shell,
  task: RemoteTask,
  options: { env?: NodeJS.ProcessEnv } = {},
): LocalRun {
  return startLocally(shell, remoteProgram(task, OPENSSH), task.nonce, options);
}

/** Kills it as an operator's stop does, by its record or, where that is given, by its process. */
export function startKiller(shell: Shell, task: RemoteTask, process?: RemoteProcess): LocalRun {
  const nonce = freshNonce();
  const order: KillOrder = { cause: "cancelled", ...(process === undefined ? {} : { process }) };
  return startLocally(shell, killProgram(task, order, nonce, OPENSSH), nonce);
}
