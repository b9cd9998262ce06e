import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { killProgram, type KillOrder } from "../../src/program/kill-program.ts";
import { parseProcess } from "../../src/program/marks.ts";
import { remoteProgram } from "../../src/program/program.ts";
import type { RemoteTask } from "../../src/program/remote-task.ts";
import { taskBefore } from "./local-kept-shell.ts";
import { SHELLS, startLocally, type LocalEnd, type LocalRun } from "./local-shell.ts";
import { remoteTask } from "./task.ts";

const OPENSSH = { server: "OpenSSH_9.2p1" };
const folder = mkdtempSync(join(tmpdir(), "unless-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Shell = (typeof SHELLS)[number];

let tasks = 0;

/** A task with a folder of records of its own. */
function newTask(fields: Partial<RemoteTask>): RemoteTask {
  const recordDir = join(folder, String(++tasks));
  return remoteTask({ command: "echo ran", recordKey: "k".repeat(26), recordDir, ...fields });
}

function start(shell: Shell, task: RemoteTask, isKept = false): LocalRun {
  const program = remoteProgram(task, { ...OPENSSH, ...(isKept ? { isKept } : {}) });
  return startLocally(shell, program, task.nonce, isKept ? { before: taskBefore() } : {});
}

const words = (end: LocalEnd): string[] => end.marks.map(({ word, args }) => [word, ...args].join(" "));
const afterStart = (end: LocalEnd): string[] =>
  words(end).filter((word) => !/^(hello|start|helpers)\b/.test(word));
const records = ({ recordDir = "" }: RemoteTask): string[] =>
  existsSync(recordDir)
    ? readdirSync(recordDir).map((name) => readFileSync(join(recordDir, name), "utf8"))
    : [];

const WAYS = [
  ["repeatable", { delivery: "repeatable" }],
  ["once", { delivery: "once" }],
  ["once with a limit, to the end", { delivery: "once", timeoutMs: 60_000, onDisconnect: "finish" }],
] as const satisfies readonly (readonly [string, Partial<RemoteTask>])[];

describe.concurrent.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("under %s", (_, shell) => {
  describe.each(WAYS)("%s", (_way, way) => {
    test("0 starts nothing and records nothing; 1 and 125 go on to the command", async () => {
      const done = newTask({ ...way, unless: "echo so already" });
      const end = await start(shell, done).end;
      expect(afterStart(end)).toEqual(["asking", "asked 0 -", "end -"]);
      expect([end.stdout.toString(), end.exitCode, records(done)]).toEqual(["", 0, []]);
      for (const code of [1, 125]) {
        const needed = await start(shell, newTask({ ...way, unless: `echo no; exit ${code}` })).end;
        expect(afterStart(needed).filter((word) => !/^(claimed|running)\b/.test(word))).toEqual([
          "asking",
          `asked ${code} -`,
          "end 0 -",
        ]);
        expect(needed.stdout.toString()).toBe("ran\n");
      }
    });

    test.each([
      ["exit 126", "126 -"],
      ["no-such-program", "127 -"],
      ["kill -s TERM $$", "143 -"],
      ["exit 255", "255 -"],
    ])("%s is no answer: nothing is started", async (unless, told) => {
      const task = newTask({ ...way, unless });
      const end = await start(shell, task).end;
      expect(afterStart(end)).toEqual(["asking", `asked ${told}`, "end -"]);
      expect([end.stdout.toString(), records(task)]).toEqual(["", []]);
    });

    test("its own end and its time limit's do not meet the command's", async () => {
      const task = newTask({ ...way, unless: "sleep 60; exit 0", timeoutMs: 300, killGraceMs: 300 });
      const end = await start(shell, task).end;
      expect(afterStart(end)).toEqual(["asking", "asked 143 timedOut", "end -"]);
      expect(records(task)).toEqual([]);
    });

    test("what it leaves is ended, and holds neither streams nor the answer", async () => {
      const long = `sleep 61.${++tasks}`;
      const unless = `(setsid sh -c '${long}' &) ; ${long} & echo $!; exit 1`;
      const run = start(shell, newTask({ ...way, unless, command: "ps -A -o args; echo ran" }));
      const end = await run.end;
      expect(afterStart(end).at(-1)).toBe("end 0 -");
      expect(end.stdout.toString()).toContain("ran\n");
      expect(end.stdout.toString().split("\n")).not.toContain(long);
    });

    test("it has the command's variables, place and shell, an empty stdin and no descriptor more", async () => {
      const unless =
        'cat; for n in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$n ] || exit 9; done; [ "$A:$PWD" = "it\'s:/" ] && exit 3';
      const fields = { env: { A: "it's" }, cwd: "/", shell: "/bin/bash", unless };
      const end = await start(shell, newTask({ ...way, ...fields, command: "a=(1 2); echo ${#a[@]}" })).end;
      expect(afterStart(end)).toContain("asked 3 -");
      expect(end.stdout.toString()).toBe("2\n");
    });

    test("one that ends the shell that asks it starts nothing", async () => {
      const task = newTask({ ...way, unless: "kill -s KILL $PPID; sleep 0.2; exit 1", timeoutMs: 2000 });
      const end = await start(shell, task).end;
      expect(afterStart(end)).toEqual(["asking"]);
      expect(records(task)).toEqual([]);
    });

    /** As whoever has heard the program's words would kill it. */
    const kill = async (task: RemoteTask, run: LocalRun, more: Partial<KillOrder>) => {
      const [begun, helpers] = [await run.saw("start"), await run.saw("helpers")];
      const process = parseProcess(begun.args);
      if (process === undefined) throw new Error("no process was told");
      const order = { process: { ...process, helpers: helpers.args.map(Number) }, ...more };
      const nonce = "z".repeat(20);
      const killer = killProgram(task, { cause: "cancelled", ...order }, nonce, OPENSSH);
      return words(await startLocally(shell, killer, nonce).end);
    };

    test.each<Partial<KillOrder>>([{}, { spares: true }])(
      "a kill %o while it is asked starts nothing, and says so",
      async (more) => {
        const task = newTask({ ...way, unless: "sleep 60; exit 1" });
        const run = start(shell, task);
        await run.saw("asking");
        expect(await kill(task, run, more)).toContainEqual(expect.stringMatching(/^killed\b/));
        const end = await run.end;
        expect(afterStart(end)).toEqual(["asking", "asked 143 -", "end -"]);
        expect(records(task).filter((text) => text !== "withdrawn\n")).toEqual([]);
      },
    );

    test("one that is to spare the command does, when that has begun", async () => {
      const go = join(folder, `go-${++tasks}`);
      const task = newTask({
        ...way,
        unless: "exit 1",
        command: `until [ -e ${go} ]; do sleep 0.1; done; echo ran`,
      });
      const run = start(shell, task);
      await run.saw(task.delivery === "once" ? "claimed" : "asked");
      expect(await kill(task, run, { spares: true })).toContain("spared");
      writeFileSync(go, "");
      const end = await run.end;
      expect(afterStart(end).at(-1)).toBe("end 0 -");
      expect(end.stdout.toString()).toBe("ran\n");
    });
  });

  test("a recorded end is read before it is asked", async () => {
    const task = newTask({ delivery: "once", unless: "exit 1" });
    await start(shell, task).end;
    const again = await start(shell, { ...task, unless: "exit 1", nonce: "y".repeat(20), askedBefore: {} })
      .end;
    expect(afterStart(again)[0]).toBe("exists");
    expect(afterStart(again)).not.toContain("asking");
    expect(afterStart(again).find((word) => word.startsWith("recorded"))).toMatch(/^recorded 000 - /);
  });

  test("nothing is read before it is set", async () => {
    for (const more of [{}, { delivery: "once", outputs: true } as const]) {
      const task = newTask({ unless: "sleep 60 & umask; exit 126", ...more });
      const { hello, body } = remoteProgram(task, OPENSSH);
      const end = await startLocally(shell, { hello, body: `set -u\n${body}` }, task.nonce).end;
      expect(afterStart(end)).toEqual(["asking", "asked 126 -", "end -"]);
      expect(`${end.stderr.toString()}${end.noise}`).toBe("");
    }
  });

  test("a kept shell goes on after it, whatever it said", async () => {
    for (const unless of ["exit 0", "exit 1"]) {
      const end = await start(shell, newTask({ delivery: "once", unless }), true).end;
      expect(afterStart(end)[1]).toBe(`asked ${unless.slice(-1)} -`);
      expect(end.exitCode).toBe(0);
    }
  });
});
