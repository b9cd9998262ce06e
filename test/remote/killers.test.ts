import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseProcess, type RemoteProcess } from "../../packages/worker/src/program/marks.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { remoteProgram } from "../../packages/worker/src/program/program.ts";
import {
  startLocally,
  type LocalEnd,
  type LocalRun,
} from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { deliverTask, OPENSSH, startKiller, BOTH_WAYS, type Shell } from "./local-programs.ts";

failOnLeftovers();

let temp: TempDir;
let number = 0;
beforeEach(() => {
  temp = makeTempDir("killers");
});
afterEach(() => {
  temp.remove();
});

function makeTask(fields: Partial<RemoteTask>): RemoteTask {
  number += 1;
  return remoteTask({
    delivery: "once",
    onDisconnect: "finish",
    recordKey: `killers${number}`.padEnd(26, "x"),
    recordDir: temp.path,
    killGraceMs: 3000,
    ...fields,
  });
}

async function kill(shell: Shell, task: RemoteTask, process?: RemoteProcess): Promise<string> {
  return lastWords(await startKiller(shell, task, process).end);
}

/** What the program said of the attempt. */
function lastWords({ marks }: LocalEnd): string {
  return marks
    .filter(
      ({ word }) => !["hello", "start", "claimed", "helpers", "running", "wait", "exists"].includes(word),
    )
    .map(({ word, args }) => [word, ...args.slice(0, word === "withdrawn" ? 0 : 2)].join(" "))
    .filter((text) => text !== "end -")
    .join(", ");
}

const recordFile = (task: RemoteTask): string => join(temp.path, `${task.recordKey}.1`);
const claimed = (task: RemoteTask) =>
  until(
    "the claim",
    () => existsSync(recordFile(task)) && readFileSync(recordFile(task), "utf8").includes("\nh "),
  );

async function processOf(run: LocalRun): Promise<RemoteProcess> {
  const process = parseProcess((await run.saw("start")).args);
  if (process === undefined) throw new Error("the start mark names no process");
  return process;
}

describe.each(BOTH_WAYS)("a kill under %s", (_, shell) => {
  test("that comes with the start ends the command, or keeps it from beginning", async () => {
    for (let round = 0; round < 4; round += 1) {
      const done = join(temp.path, `done${round}`);
      const task = makeTask({ command: `sleep 60; echo >${done}`, timeoutMs: 60_000 });
      const run = deliverTask(shell, task);
      const process = await processOf(run);
      const told = await kill(shell, task, round % 2 === 0 ? process : undefined);
      const end = lastWords(await run.end);
      expect([end, told]).toEqual(
        end === "withdrawn" ? ["withdrawn", "withdrawn"] : ["end 143 cancelled", "recorded 143 cancelled"],
      );
      expect(existsSync(done)).toBe(false);
    }
  });

  test("of a task without a record spares its helpers, whatever they wait for", async () => {
    const task = makeTask({ delivery: "repeatable", command: "sleep 30", timeoutMs: 60_000 });
    const run = deliverTask(shell, task);
    const process = await processOf(run);
    const helpers = (await run.saw("helpers")).args.map(Number);
    // Local pipes are relayed, so the time limit's guard is the only one.
    expect(helpers).toHaveLength(1);
    expect(await kill(shell, task, { ...process, helpers })).toBe("killed signal");
    expect(lastWords(await run.end)).toBe("end 143 -");
  });

  test("of a program that claims nothing keeps it from ever doing so", async () => {
    const task = makeTask({ command: "true" });
    const stuck = spawn("sleep", ["60"], { detached: true });
    const stat = readFileSync(`/proc/${stuck.pid}/stat`, "utf8").split(" ");
    const process = {
      pid: Number(stuck.pid),
      startTicks: Number(stat[21]),
      session: Number(stuck.pid),
      ownsSession: true,
      bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    };
    expect(await kill(shell, task, process)).toBe("withdrawn");
    stuck.kill();
    expect(lastWords(await deliverTask(shell, task).end)).toBe("withdrawn");
  });

  test("waits for a record that is just being written", async () => {
    const task = makeTask({ command: "sleep 60" });
    const run = deliverTask(shell, task);
    await claimed(task);
    const text = readFileSync(recordFile(task), "utf8");
    writeFileSync(recordFile(task), "");
    const killer = startKiller(shell, task);
    // Time enough to read it; nothing shows that it waits, since not every shell starts a program for that.
    await sleep(500);
    expect(existsSync(`/proc/${killer.pid}`)).toBe(true);
    writeFileSync(recordFile(task), text);
    expect(lastWords(await killer.end)).toBe("recorded 143 cancelled");
    expect(lastWords(await run.end)).toBe("end 143 cancelled");
  });

  test("does not take the removal of a script for the command", async () => {
    // A function, since not every shell looks for `rm` in PATH; after the hello, which takes a login's functions away.
    const slowly = `rm(){ ( echo >${temp.path}/removes; until [ -e ${temp.path}/go ]; do sleep 0.1; done ); command rm "$@"; }\n`;
    const { command: _, ...task } = makeTask({ script: { name: "s", text: "exit 0\n" } });
    const program = remoteProgram(task, OPENSSH);
    const run = startLocally(shell, { ...program, body: slowly + program.body }, task.nonce);
    await until("the removal", () => existsSync(join(temp.path, "removes")));
    expect(await kill(shell, task)).toBe("recorded 000 -");
    writeFileSync(join(temp.path, "go"), "");
    expect(lastWords(await run.end)).toBe("end 0 -");
  });

  test("leaves to the time limit what that has begun to kill", async () => {
    const task = makeTask({ command: "(trap '' TERM; sleep 60) & sleep 60", timeoutMs: 500 });
    const run = deliverTask(shell, task);
    await claimed(task);
    const guard = /^h +(\d+) *$/m.exec(readFileSync(recordFile(task), "utf8"))?.[1];
    await until("the time limit to kill", () => existsSync(`/proc/${guard}/fd/8`));
    expect(await kill(shell, task)).toBe("recorded 143 timedOut");
    expect(lastWords(await run.end)).toBe("end 143 timedOut");
  });

  test("is nothing that a moved folder hides: a second delivery looks for the record first", async () => {
    const cwd = join(temp.path, "folder");
    mkdirSync(cwd);
    const task = makeTask({ command: `mv ${cwd} ${cwd}2; sleep 1; exit 3`, cwd });
    const run = deliverTask(shell, task);
    await until("the move", () => existsSync(`${cwd}2`));
    expect(lastWords(await deliverTask(shell, { ...task, nonce: freshNonce() }).end)).toBe("recorded 003 -");
    expect(lastWords(await run.end)).toBe("end 3 -");
  });
});
