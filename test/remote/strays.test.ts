import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseProcess } from "../../packages/worker/src/program/marks.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import { type LocalEnd, type LocalRun } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { BOTH_WAYS, deliverTask, startKiller } from "./local-programs.ts";
import { pidsIn } from "./processes.ts";

failOnLeftovers();

/** Ways of a process out of the command's session or family. */
const WAYS = [
  "setsid -w sleep 617 & setsid sleep 617 & sleep 617",
  "setsid sh -c 'setsid sleep 617 & sleep 617' & sleep 617",
  "(setsid sleep 617 &); setsid sh -c 'sleep 617 & exit' & sleep 617",
  "setsid sh -c '(setsid sleep 617 &); exit' & (setsid sh -c '(sleep 617 &)'); sleep 617",
  "env -i sleep 617 & setsid -w env -i sh -c 'sleep 617 & sleep 617'; true",
  "trap '' TERM; setsid -w sleep 617 & (setsid sleep 617 &); sleep 617",
].map((command, index) => ({ command, index, sleeps: command.split("sleep").length - 1 }));

let temp: TempDir;
beforeEach(() => {
  temp = makeTempDir("strays");
});
afterEach(() => {
  for (const folder of readdirSync(temp.path))
    for (const pid of pidsIn(join(temp.path, folder), "sleep 617")) process.kill(pid, "SIGKILL");
  temp.remove();
});

const folderOf = (index: number): string => join(temp.path, `way${index}`);

function sleepsOf(index: number): readonly number[] {
  return pidsIn(folderOf(index), "sleep 617");
}

/** One of the ways, begun: all its processes are there. */
async function begin(
  shell: readonly [string, ...string[]],
  { command, index, sleeps }: (typeof WAYS)[number],
  fields: Partial<RemoteTask>,
): Promise<{ task: RemoteTask; run: LocalRun }> {
  mkdirSync(folderOf(index));
  const task = remoteTask({
    delivery: "once",
    onDisconnect: "finish",
    recordKey: `strays${index}`.padEnd(26, "x"),
    recordDir: temp.path,
    killGraceMs: 500,
    cwd: folderOf(index),
    command,
    ...fields,
  });
  const run = deliverTask(shell, task);
  await run.saw("start");
  await until("all processes of the command", () => sleepsOf(index).length === sleeps, {
    lastSeen: () => [command, sleepsOf(index), run.marks],
  });
  return { task, run };
}

/** What was told, and how many live: after the kill was told to be done, so nothing is waited for. */
function outcome({ marks }: LocalEnd, { index }: (typeof WAYS)[number]): string {
  const texts = marks.map(({ word, args }) => [word, ...args.slice(0, 2)].join(" "));
  const told = texts.filter(
    (text) => !/^(hello|start|claimed|helpers|running|wait|exists)|^end -/.test(text),
  );
  return `${told.join(", ")}; ${sleepsOf(index).length} live`;
}

type Begun = Awaited<ReturnType<typeof begin>>;

/** All ways, begun one after the other, since the look for processes is dear, and ended at the same time. */
async function endAll(
  shell: readonly [string, ...string[]],
  ways: typeof WAYS,
  fields: Partial<RemoteTask>,
  end: (begun: Begun, way: (typeof WAYS)[number]) => Promise<string>,
): Promise<readonly string[]> {
  const ends: Promise<string>[] = [];
  for (const way of ways) {
    const begun = await begin(shell, way, fields);
    ends.push(end(begun, way));
  }
  return Promise.all(ends);
}

const UNDER = BOTH_WAYS.map(([name, shell], index) => ({ name, shell, index }));

/** Half of them for each kind of end: all shells together meet every way with every end, and each shell every way. */
const waysFor = (shell: number, end: number): typeof WAYS =>
  WAYS.filter((way) => (way.index + shell + end) % 2 === 0);

describe.each(UNDER)("under $name", ({ shell, index }) => {
  const waysOf = (end: number): typeof WAYS => waysFor(index, end);

  test("a kill by the record ends what has left the command's session", async () => {
    const ends = await endAll(shell, waysOf(0), {}, async ({ task, run }, way) => {
      const told = outcome(await startKiller(shell, task).end, way);
      await run.end;
      return told;
    });
    expect(ends.map((told) => told.replace("137", "143"))).toEqual(
      Array(3).fill("recorded 143 cancelled; 0 live"),
    );
  });

  test("so does one of a program that is dead", async () => {
    const ends = await endAll(shell, waysOf(1), {}, async ({ task, run }, way) => {
      process.kill(Number((await run.saw("start")).args[0]), "SIGKILL");
      const again = deliverTask(shell, { ...task, nonce: freshNonce() });
      await again.saw("wait");
      again.disconnect();
      const told = outcome(await startKiller(shell, task).end, way);
      run.hangUp();
      await Promise.all([run.end, again.end]);
      return told;
    });
    expect(ends).toEqual(Array(3).fill("recorded 137 cancelled; 0 live"));
  });

  test("so does one without a record", async () => {
    const fields = { delivery: "repeatable", onDisconnect: "attached" } as const;
    const ends = await endAll(shell, waysOf(2), fields, async ({ task, run }, way) => {
      const process = parseProcess((await run.saw("start")).args);
      if (process === undefined) throw new Error("the start mark names no process");
      const killer = startKiller(shell, task, { ...process, helpers: [] });
      const told = outcome(await killer.end, way);
      await run.end;
      return told;
    });
    // Not all of them leave TERM its own way.
    expect(ends.map((end) => end.replace("killed signal", "killed"))).toEqual(
      Array(3).fill("killed; 0 live"),
    );
  });

  test("what a command leaves behind without a kill is its own affair", async () => {
    const way = { command: "setsid sleep 617 >/dev/null 2>&1 & exit 3", index: 0, sleeps: 1 };
    const { run } = await begin(shell, way, {});
    expect(outcome(await run.end, way)).toBe("end 3 -; 1 live");
  });
});

test("the time limit ends what has left the command's session, under each of them", async () => {
  // A slow machine is to begin within it; so it is long, and that of all shells is waited for at once.
  const fields = { timeoutMs: 15_000 };
  const ends: Promise<readonly string[]>[] = [];
  for (const { shell, index } of UNDER)
    for (const way of waysFor(index, 3)) {
      const own = { ...way, index: WAYS.length * index + way.index };
      const begun = await begin(shell, own, fields);
      ends.push(begun.run.end.then((end) => [shell.join(" "), outcome(end, own)]));
    }
  expect((await Promise.all(ends)).map(([name, told]) => [name, told?.replace("137", "143")])).toEqual(
    UNDER.flatMap(({ shell, index }) =>
      waysFor(index, 3).map(() => [shell.join(" "), "end 143 timedOut; 0 live"]),
    ),
  );
});
