import { callText, firstText, keepingText, servedText } from "../../../src/program/kept-shell.ts";
import { killProgram, withdrawProgram, type KillOrder } from "../../../src/program/kill-program.ts";
import type { ProgramRuntime } from "../../../src/program/entry.ts";
import { remoteProgram, servedProgram, type RemoteProgram } from "../../../src/program/program.ts";
import type { RemoteTask } from "../../../src/program/remote-task.ts";
import { askpassText, passwordText, upText } from "../../../src/program/sudo-password.ts";
import { remoteTask } from "../task.ts";

type Choices = readonly Partial<RemoteTask>[];

/** Each row is one choice; what is chosen decides which parts a program has. */
const CHOICES: readonly Choices[] = [
  [{ delivery: "repeatable" }, { delivery: "once", recordKey: "k".repeat(26) }],
  [{ onDisconnect: "attached" }, { onDisconnect: "finish" }],
  [{}, { timeoutMs: 60_000 }],
  [{ attempt: 1 }, { attempt: 3 }],
  [
    {},
    { askedBefore: {} },
    { askedBefore: { began: {} } },
    { askedBefore: { boot: { bootId: "b", container: "1" } } },
  ],
  [{}, { script: { name: "step.sh", text: "true\n" } }, { outputs: true }],
  [{}, { cwd: "/tmp" }],
  [{}, { shell: "/bin/bash" }, { shell: "bash" }],
  [{}, { become: true }, { become: "op", sudoPassword: "p" }],
  [{}, { recordDir: "/records" }],
];

export const PLACES: readonly ProgramRuntime[] = [
  { server: "OpenSSH_9.2p1" },
  { server: "OpenSSH_9.2p1", isKept: true },
  { server: "dropbear_2022.83" },
  { server: "dropbear_2022.83", withoutSetsid: true },
];

export function allTasks(): readonly RemoteTask[] {
  const fields = CHOICES.reduce<readonly Partial<RemoteTask>[]>(
    (sets, choices) => sets.flatMap((set) => choices.map((choice) => ({ ...set, ...choice }))),
    [{}],
  ).filter((set) => set.delivery === "once" || !isOfRecord(set));
  // What is asked first has to do with neither place nor shell, which would make many more.
  const asking = fields
    .filter(
      ({ cwd, shell, recordDir }) => cwd === undefined && shell === undefined && recordDir === undefined,
    )
    .map((set) => ({ ...set, unless: "false" }));
  return [...fields, ...asking].map((set) => remoteTask({ nonce: "n".repeat(20), ...set }));
}

/** Those that name no place, shell and directory of records: these have to do with no server. */
export function plainTasks(): readonly RemoteTask[] {
  return allTasks().filter(
    ({ cwd, shell, recordDir }) => cwd === undefined && shell === "/bin/sh" && recordDir === undefined,
  );
}

/** What has to do with the record alone: without one it chooses no other parts. */
function isOfRecord({ attempt, askedBefore, recordDir }: Partial<RemoteTask>): boolean {
  return attempt !== 1 || askedBefore !== undefined || recordDir !== undefined;
}

const PROCESS = { pid: 1, startTicks: 2, session: 3, bootId: "b" };
const ORDERS: readonly KillOrder[] = [
  { cause: "cancelled" },
  { cause: "cancelled", digest: "digest" },
  { cause: "timedOut", process: { ...PROCESS, ownsSession: true, helpers: [4, 5] } },
  { cause: "cancelled", process: { ...PROCESS, ownsSession: false } },
  { cause: "cancelled", process: { ...PROCESS, ownsSession: true, helpers: [4] }, spares: true },
];

/** Every text that runs a task: what it says differs only by which record it names. */
export function textsOf(task: RemoteTask, place: ProgramRuntime, prune: boolean): readonly string[] {
  const { look, ...program } = remoteProgram(task, place, prune);
  const { common, task: text } = servedProgram(task, place, prune);
  return [program.body, common + text, ...(look === undefined ? [] : [look()])]
    .map((body) => withWayIn({ ...program, body }))
    .map((text) => text.replace(/=[0-9a-f]{20} /, "=digest "));
}

/** What a kept shell has to hold to be one, with what it is sent for each task. */
export function keptTexts(): readonly string[] {
  const tasks = [remoteTask({ nonce: "n" }), remoteTask({ nonce: "n", become: true })];
  return tasks.map((task) =>
    [firstText(""), keepingText(task.become, "k"), callText("n"), servedText("", 2)].join(""),
  );
}

/** Every text that goes to a host beside: kills, withdrawals, sudo's password, a look at the boot id. */
export function otherTexts(): readonly string[] {
  const tasks = allTasks().filter(
    ({ cwd, script, timeoutMs, shell }) => !cwd && !script && !timeoutMs && shell === "/bin/sh",
  );
  const programs = PLACES.flatMap((place) =>
    tasks.flatMap((task) => [
      withdrawProgram(task, "digest", task.nonce, place),
      ...ORDERS.map((order) => killProgram(task, order, task.nonce, place)),
    ]),
  );
  return [...programs.map(withWayIn), askpassText("op", "n"), passwordText("m", "n"), upText("n")];
}

/** What was set on the way to the body stays set. */
function withWayIn({ hello, steps = {}, body }: RemoteProgram): string {
  return [hello, ...Object.values(steps), body].join("");
}
