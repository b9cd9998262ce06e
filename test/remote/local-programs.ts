import { killProgram, type KillOrder } from "../../packages/worker/src/program/kill-program.ts";
import type { RemoteProcess } from "../../packages/worker/src/program/marks.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import { remoteProgram, servedProgram } from "../../packages/worker/src/program/program.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { callText, servedText } from "../../packages/worker/src/program/kept-shell.ts";
import { taskBefore } from "../../packages/worker/test/program/local-kept-shell.ts";
import { SHELLS, startLocally, type LocalRun } from "../../packages/worker/test/program/local-shell.ts";

export type Shell = readonly [string, ...string[]];

const kept = new WeakSet<Shell>();

/** Every /bin/sh with a shell for each task, as is usual, and one that is kept from one task to the next. */
export const BOTH_WAYS: readonly (readonly [string, Shell])[] = [
  ...SHELLS.map((shell) => [shell.join(" "), shell] as const),
  ["dash, kept", keep(["dash"])],
];

function keep(shell: Shell): Shell {
  const copy: Shell = [...shell];
  kept.add(copy);
  return copy;
}

/** The place that the programs are written for: a session of their own, as a local shell has it here. */
export const OPENSSH = { server: "OpenSSH_9.2p1" };

/** One delivery of a task; a kept shell has served another one before. */
export function deliverTask(
  shell: Shell,
  task: RemoteTask,
  options: { env?: NodeJS.ProcessEnv } = {},
): LocalRun {
  if (!kept.has(shell)) return startLocally(shell, remoteProgram(task, OPENSSH), task.nonce, options);
  const { common, task: text, ...program } = servedProgram(task, { ...OPENSSH, isKept: true });
  const served = { ...program, hello: callText(task.nonce), body: common + servedText(text, 2) };
  return startLocally(shell, served, task.nonce, { ...options, before: taskBefore() });
}

/** Kills it as an operator's stop does, by its record or, where that is given, by its process. */
export function startKiller(shell: Shell, task: RemoteTask, process?: RemoteProcess): LocalRun {
  const nonce = freshNonce();
  const order: KillOrder = { cause: "cancelled", ...(process === undefined ? {} : { process }) };
  return startLocally(shell, killProgram(task, order, nonce, OPENSSH), nonce);
}
