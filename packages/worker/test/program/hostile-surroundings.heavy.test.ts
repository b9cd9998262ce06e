import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SHELL_NAMES } from "@roadrunner/core";
import { checkTask } from "../../src/program/check-task.ts";
import { remoteProgram } from "../../src/program/program.ts";
import type { RemoteTask } from "../../src/program/remote-task.ts";
import { SHELLS, startLocally } from "./local-shell.ts";
import { remoteTask, thisBoot } from "./task.ts";

const OPENSSH = { server: "OpenSSH_9.2p1" };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "rr-hostile-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function onceTask(fields: Partial<RemoteTask>): RemoteTask {
  return remoteTask({
    delivery: "once",
    recordKey: "k".repeat(26),
    recordDir: dir,
    onDisconnect: "finish",
    ...fields,
  });
}

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("under %s", (_, shell) => {
  test("the nonce is in no argument, environment, path or file that a command could read", async () => {
    const text = `#!/bin/sh
cat /proc/[0-9]*/cmdline /proc/$$/environ /proc/$PPID/environ 2>/dev/null | tr '\\0' '\\n'
echo "$0"; ls ${dir}; cat ${dir}/*; echo seen
`;
    const task = onceTask({ script: { name: "look.sh", text }, timeoutMs: 60_000, attempt: 2 });
    const { end } = startLocally(shell, remoteProgram(task, OPENSSH), task.nonce);
    const { stdout, stderr, marks } = await end;
    expect(marks.at(-1)).toEqual({ word: "end", args: ["0", "-"] });
    expect(stdout.toString()).toContain("seen\n");
    expect(stdout.toString()).toMatch(/\/s-[0-9a-f]{24}-look\.sh\n/);
    expect(`${stdout.toString()}${stderr.toString()}`).not.toContain(task.nonce);
  });

  test("what a login exports for its shells neither changes our program nor gets its variables", async () => {
    const env = {
      PATH: process.env["PATH"],
      SHELLOPTS: "allexport:errexit:noclobber:noglob:nounset:xtrace",
      TMOUT: "1",
      IFS: "0/r",
      CDPATH: "/proc:/",
      ENV: "/no/such/file",
      BASH_ENV: "/no/such/file",
      POSIXLY_CORRECT: "1",
    };
    const command = "env | grep '^rr'; pwd; exit 7";
    const task = onceTask({
      command,
      cwd: "/tmp",
      timeoutMs: 60_000,
      attempt: 2,
      askedBefore: { boot: thisBoot() },
    });
    const first = await startLocally(shell, remoteProgram(task, OPENSSH), task.nonce, { env }).end;
    expect(first.marks.at(-1)).toEqual({ word: "end", args: ["7", "-"] });
    expect(first.stdout.toString()).toBe("/tmp\n");
    const again = await startLocally(shell, remoteProgram(task, OPENSSH), task.nonce, { env }).end;
    expect(again.marks.map(({ word, args }) => `${word} ${args[0] ?? ""}`)).toContain("recorded 007");
  });

  test("functions that a login exports stand in for nothing that our program calls", async () => {
    const folder = fileURLToPath(new URL("../../host-program", import.meta.url));
    // Every word of ours, in case it is a command, and every builtin of bash that is not a special one.
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(sh|md)$/.test(name),
    );
    const words = files.flatMap(
      (name) => readFileSync(join(folder, name), "utf8").match(/\b[a-z]+\b/g) ?? [],
    );
    const builtins = "alias bg builtin cd command declare echo enable false getopts hash jobs kill let local";
    const more = "printf pwd read test true type ulimit umask unalias wait".split(" ");
    const special = "break continue eval exec exit export readonly return set shift times trap unset";
    const names = new Set([...words, ...builtins.split(" "), ...more]);
    const keywords = "case do done elif else esac fi for if in then time until while";
    for (const name of `${special} ${keywords}`.split(" ")) names.delete(name);
    const functions = [...names].map((name) => [
      `BASH_FUNC_${name}%%`,
      "() { builtin echo HOSTILE; return 1; }",
    ]);
    const env = { ...process.env, ...(Object.fromEntries(functions) as Record<string, string>) };
    const task = onceTask({
      script: { name: "x", text: "echo out; exit 7\n" },
      timeoutMs: 60_000,
      attempt: 2,
    });
    const first = await startLocally(shell, remoteProgram(task, OPENSSH, true), task.nonce, { env }).end;
    expect(first.marks.at(-1)).toEqual({ word: "end", args: ["7", "-"] });
    expect(`${first.stdout.toString()}${first.stderr.toString()}${first.noise}`).toBe("out\n");
    const again = await startLocally(shell, remoteProgram(task, OPENSSH), task.nonce, { env }).end;
    expect(again.marks.map(({ word, args }) => `${word} ${args[0] ?? ""}`)).toContain("recorded 007");
    expect(again.noise).toBe("");
  });

  test("TMOUT does not end the drainer's wait, which would then eat the output", async () => {
    const task = remoteTask({ command: "sleep 2; echo out", onDisconnect: "finish" });
    // With real pipes, as sshd makes them, there is a drainer.
    const args = ["-c", '"$@" 2>&1 | cat', "sh", ...shell];
    const child = spawn("sh", args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, TMOUT: "1" },
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(":end 0 -")) child.stdin.end();
    });
    child.stdin.write(remoteProgram(task, OPENSSH).body);
    await once(child, "close");
    expect(said).toContain("\nout\n");
  });

  test("whatever shells know as a variable arrives, or is refused as theirs", async () => {
    const listed = [
      execFileSync("bash", ["-c", "compgen -v"], { encoding: "utf8" }),
      execFileSync("zsh", ["-fc", "print -l ${(k)parameters}"], { encoding: "utf8" }),
      "EPOCHREALTIME IFS LINENO OLDPWD OPTARG OPTIND PS1 PS2 PS4 PWD RANDOM SHLVL SRANDOM TMOUT",
    ];
    const names = listed.join(" ").match(/\b[A-Z_][A-Z0-9_]*\b/g) ?? [];
    const taken = [...new Set(names)].filter((name) => !SHELL_NAMES.has(name) && name !== "PATH");
    expect(taken).toEqual(expect.arrayContaining(["HOME", "LANG", "TERM"]));
    const task = remoteTask({ command: "env", env: Object.fromEntries(taken.map((name) => [name, "1"])) });
    const { stdout } = await startLocally(shell, remoteProgram(task, OPENSSH), task.nonce).end;
    const arrived = new Set(stdout.toString().split("\n"));
    expect(taken.filter((name) => !arrived.has(`${name}=1`))).toEqual([]);
    for (const name of SHELL_NAMES)
      expect(checkTask(remoteTask({ env: { [name]: "1" } })).ok, name).toBe(false);
  });

  test("a command that begins with - or + is a command and no option", async () => {
    for (const command of ["-c true", "+x", "--version"]) {
      const task = remoteTask({ command });
      const { marks } = await startLocally(shell, remoteProgram(task, OPENSSH), task.nonce).end;
      expect([command, marks.at(-1)?.args[0]]).toEqual([command, "127"]);
    }
  });

  test("the records of whom sudo made us are his, whatever LOGNAME it kept", async () => {
    const task = onceTask({ become: true, recordDir: join(dir, "of-%u"), onDisconnect: "attached" });
    const env = { ...process.env, LOGNAME: "somebody" };
    await startLocally(shell, remoteProgram(task, OPENSSH), task.nonce, { env }).end;
    expect(readdirSync(dir)).toEqual([`of-${userInfo().username}`]);
  });
});
