import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { killProgram } from "../../packages/worker/src/program/kill-program.ts";
import { parseProcess } from "../../packages/worker/src/program/marks.ts";
import { remoteProgram, type RemoteProgram } from "../../packages/worker/src/program/program.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import { SHELLS, startLocally, type LocalEnd } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { deliverTask, OPENSSH, startKiller, BOTH_WAYS, type Shell } from "./local-programs.ts";

failOnLeftovers();

/**
 * How long a command runs, and when its kill begins. Whoever kills looks at all processes first, which takes some
 * hundredths of a second: most of these end in that time. The last two leave no doubt, however busy the machine is.
 */
const RACES_MS: readonly (readonly [runs: number, killAfter: number])[] = [
  ...Array.from({ length: 6 }, (_, step) => [350 - 16 * step, 300] as const),
  [600_000, 100],
  [10, 600_000],
];

let temp: TempDir;
beforeEach(() => {
  temp = makeTempDir("kill-race");
});
afterEach(() => {
  temp.remove();
});

function raceTask(round: number, fields: Partial<RemoteTask>): RemoteTask {
  return remoteTask({
    delivery: "once",
    onDisconnect: "finish",
    recordKey: `race${round}`.padEnd(26, "x"),
    recordDir: temp.path,
    ...fields,
  });
}

interface Race {
  readonly end: LocalEnd;
  /** Its last line has run. */
  readonly done: boolean;
}

/** What was told of these commands, each way once. Killed after its last line, it was killed all the same. */
function told(races: readonly Race[]): ReadonlySet<string> {
  return new Set(
    races.map(({ end, done }) => {
      const text = end.marks.find(({ word }) => word === "end")?.args.join(" ") ?? "nothing";
      return text === "0 -" && !done ? "0 of what was not done" : text;
    }),
  );
}

describe.each(BOTH_WAYS)("under %s", (_, shell) => {
  test("a command that ends by itself while its killer looks for it was not killed", async () => {
    const ends: Race[] = [];
    for (const [round, [runsMs, killAfterMs]] of RACES_MS.entries()) {
      const done = join(temp.path, `done${round}`);
      const task = raceTask(round, { command: `sleep ${runsMs / 1000}; echo >${done}` });
      const run = deliverTask(shell, task);
      // Before that a killer withdraws it, however long that takes on a busy machine.
      await run.saw("claimed");
      await Promise.race([sleep(killAfterMs, undefined, { ref: false }), run.end]);
      const [end] = await Promise.all([run.end, startKiller(shell, task).end]);
      ends.push({ end, done: existsSync(done) });
    }
    expect(told(ends)).toEqual(new Set(["0 -", "143 cancelled"]));
  });

  test("a command that ends by itself while its time limit looks for it did not run out of time", async () => {
    const ends: Race[] = [];
    for (const [round, [runsMs, timeoutMs]] of RACES_MS.entries()) {
      const done = join(temp.path, `done${round}`);
      const task = raceTask(round, { command: `sleep ${runsMs / 1000}; echo >${done}`, timeoutMs });
      const run = deliverTask(shell, task);
      ends.push({ end: await run.end, done: existsSync(done) });
    }
    expect(told(ends)).toEqual(new Set(["0 -", "143 timedOut"]));
  });
});

/** It waits without a process of its own, since a shell that begins one holds all signals back for a moment. */
function waitingCommand(path: string): string {
  execFileSync("mkfifo", [`${path}.go`]);
  return `echo >${path}.begun; read x <${path}.go; exit 7`;
}

/**
 * Between the hold and TERM somebody lets the command go on, as zsh does with a child that it waits for, and it ends by
 * itself.
 */
function undoHold(program: RemoteProgram, path: string): RemoteProgram {
  const body = program.body.replace(
    /^kill -s TERM (\$\w+)$/m,
    `kill -s CONT $1;echo >${path}.go;for rrzz in $1;do while [ -e /proc/$rrzz/exe ];do :;done;done\n$&`,
  );
  expect(body).not.toBe(program.body);
  return { ...program, body };
}

const endWords = ({ marks }: LocalEnd): string | undefined =>
  marks.find(({ word }) => word === "end")?.args.join(" ");

/** Records of one shell's tasks have a directory of their own. */
const everywhere = <T>(each: (shell: Shell, path: string) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(SHELLS.map((shell, index) => each(shell, join(temp.path, `shell${index}`))));

test("a command ran out of its time that ends itself at TERM, and not one that was held, let go and ended by itself", async () => {
  const limited = { timeoutMs: 1500, delivery: "once" } as const;
  const ends = await everywhere(async (shell, path) => {
    const waiting = raceTask(0, { ...limited, command: waitingCommand(path), recordDir: path });
    const letGo = startLocally(shell, undoHold(remoteProgram(waiting, OPENSSH), path), waiting.nonce);
    const command = `trap 'exit 7' TERM; echo >${path}.traps; sleep 60 & wait`;
    const trapping = deliverTask(shell, raceTask(1, { ...limited, command, recordDir: path }));
    const told = [endWords(await letGo.end), endWords(await trapping.end)];
    return [...told, ...["begun", "traps"].filter((name) => existsSync(`${path}.${name}`))];
  });
  expect(ends).toEqual(SHELLS.map(() => ["7 -", "7 timedOut", "begun", "traps"]));
});

test("a command that was held, let go and ended by itself was not stopped", async () => {
  const kill = async (shell: Shell, path: string, delivery: RemoteTask["delivery"]): Promise<string> => {
    const task = raceTask(2, { command: waitingCommand(path), delivery, recordDir: path });
    const run = deliverTask(shell, task);
    const process = parseProcess((await run.saw("start")).args);
    await until("the command", () => existsSync(`${path}.begun`));
    const nonce = freshNonce();
    const order = { cause: "cancelled", ...(process === undefined ? {} : { process }) } as const;
    const killer = startLocally(shell, undoHold(killProgram(task, order, nonce, OPENSSH), path), nonce);
    const { marks } = await killer.end;
    const answer = marks.find(({ word }) => word === "recorded" || word === "killed");
    return [endWords(await run.end), answer?.word, ...(answer?.args.slice(0, 2) ?? [])].join(" ");
  };
  const ends = await everywhere((shell, path) =>
    Promise.all([kill(shell, `${path}.once`, "once"), kill(shell, `${path}.repeatable`, "repeatable")]),
  );
  expect(ends).toEqual(SHELLS.map(() => ["7 - recorded 007 -", "7 - killed signal"]));
});
