import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { execString } from "../../src/program/entry.ts";
import { remoteProgram } from "../../src/program/program.ts";
import { shortName } from "../../src/program/shell/host-text.ts";
import type { RemoteTask } from "../../src/program/remote-task.ts";
import { SHELLS, startLocally, type LocalEnd, type LocalRun } from "./local-shell.ts";
import { remoteTask } from "./task.ts";

const OPENSSH = { server: "OpenSSH_9.2p1" };
const DROPBEAR = { server: "dropbear_2022.83" };

function start(
  shell: readonly [string, ...string[]],
  task: RemoteTask,
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): LocalRun {
  return startLocally(shell, remoteProgram(task, OPENSSH), task.nonce, options);
}

const words = (end: LocalEnd): string[] => end.marks.map(({ word, args }) => [word, ...args].join(" "));

/** Who lives in a session, by name. */
function inSession(session: number): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, , , itsSession] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(itsSession) === session && state !== "Z"
          ? [stat.slice(0, stat.lastIndexOf(")") + 1)]
          : [];
      } catch {
        return [];
      }
    });
}

describe("the exec request", () => {
  test("is words that every login shell reads alike", () => {
    expect(execString(undefined, OPENSSH)).toBe("exec /bin/sh");
    expect(execString(undefined, DROPBEAR)).toBe("exec setsid /bin/sh");
    expect(execString(undefined, { ...DROPBEAR, withoutSetsid: true })).toBe("exec /bin/sh");
    expect(execString(true, OPENSSH)).toBe("exec sudo -n -u root -- /bin/sh");
    expect(execString("www-data", DROPBEAR)).toBe("exec setsid sudo -n -u www-data -- /bin/sh");
    expect(execString("DOM\\svc$", OPENSSH)).toBe("exec sudo -n -u 'DOM\\svc$' -- /bin/sh");
  });
});

describe("the program's text", () => {
  test("leaves out what a task does not need", () => {
    const plain = remoteProgram(remoteTask({ command: "true" }), OPENSSH);
    const kill = `${shortName("rr_kill")}(){`;
    expect(plain.body).not.toContain(kill);
    expect(plain.body).not.toContain("tee");
    expect(plain.body.length).toBeLessThan(700);
    const limited = remoteProgram(remoteTask({ timeoutMs: 1000, onDisconnect: "finish" }), OPENSSH);
    expect(limited.body).toContain(kill);
    expect(limited.body).toContain("tee");
  });

  test("never names a variable that a login may have exported", () => {
    const { body } = remoteProgram(
      remoteTask({ timeoutMs: 1000, onDisconnect: "finish", cwd: "/", shell: "/bin/bash" }),
      DROPBEAR,
    );
    const assigned = [...body.matchAll(/(?:^|[;\s{(])([A-Za-z_]\w*)=/g)].map((match) => match[1] ?? "");
    expect(assigned.filter((name) => !/^(rr\w*|IFS|CDPATH|TMOUT)$/.test(name))).toEqual([
      // In a process of its own each: of a look at hidden processes, and of the command, for which it is.
      "LC_ALL",
      "RR_TAG",
    ]);
  });
});

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("under %s", (_, shell) => {
  test("runs the command: its output, its exit code, its process", async () => {
    const task = remoteTask({ command: "echo out; echo err >&2; printf rest; exit 7" });
    const end = await start(shell, task).end;
    expect(end.stdout.toString()).toBe("out\nrest");
    expect(end.stderr.toString()).toBe("err\n");
    expect(words(end)).toEqual([
      "hello",
      expect.stringMatching(/^start \d+ \d+ \d+ 1 [0-9a-f-]{36}$/),
      "running",
      "end 7 -",
    ]);
    expect(end.exitCode).toBe(0);
  });

  test("the command's stdin is empty, and it inherits no descriptor but 0, 1 and 2", async () => {
    const command = "cat; readlink /proc/$$/fd/[3-9]; echo end";
    const end = await start(shell, remoteTask({ command, onDisconnect: "finish", timeoutMs: 60_000 })).end;
    const open = end.stdout.toString().split("\n");
    // bash itself has just read the directory.
    expect(open.filter((name) => !/^\/proc\/\d+\/fd$/.test(name))).toEqual(["end", ""]);
  });

  test("values arrive byte for byte", async () => {
    const value = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join("");
    const env = {
      RR_A: value,
      RR_B: "'\"$(touch /tmp/no)`\\\n!",
      RR_C: "",
      EMPTY: "",
      PATH: process.env["PATH"] ?? "",
    };
    const task = remoteTask({
      command: `printf '%s|' "$RR_A" "$RR_B" "$RR_C" "$HIDDEN"`,
      env,
      secretEnv: { HIDDEN: { name: "s", value: "it's" } },
    });
    const end = await start(shell, task).end;
    expect(end.stdout.toString()).toBe(`${value}|${env.RR_B}||it's|`);
  });

  test("what the login exported reaches the command unchanged", async () => {
    const letters = Object.fromEntries(
      "ABCDEFGHKLMNOPQRSTUWXYZabcdefghklmnopqrstuwxyz".split("").map((name) => [name, `own ${name}`]),
    );
    const task = remoteTask({ command: "env", timeoutMs: 60_000, onDisconnect: "finish" });
    const end = await start(shell, task, { env: { PATH: process.env["PATH"], ...letters } }).end;
    const seen = new Set(end.stdout.toString().split("\n"));
    expect(Object.entries(letters).filter(([name, value]) => !seen.has(`${name}=${value}`))).toEqual([]);
  });

  test("a name such as IFS, PATH or LD_PRELOAD concerns the command alone", async () => {
    const task = remoteTask({
      command: "echo $X; /usr/bin/env",
      env: { IFS: "x", X: "axb", PATH: "/nowhere", LD_PRELOAD: "/nowhere.so", CDPATH: "/", ENV: "/nowhere" },
    });
    const end = await start(shell, task).end;
    expect(end.stdout.toString()).toContain("PATH=/nowhere\n");
    expect(words(end).at(-1)).toBe("end 0 -");
  });

  test("runs where it was told, and a missing directory is said before anything began", async () => {
    const end = await start(shell, remoteTask({ command: "pwd", cwd: "/usr/bin/.." })).end;
    expect(end.stdout.toString().trim()).toMatch(/^\/usr(\/bin\/\.\.)?$/);
    const missing = await start(shell, remoteTask({ command: "echo ran", cwd: "/no/such 'place'" })).end;
    expect(words(missing).slice(2)).toEqual(["nocwd", "end -"]);
    expect(missing.stdout.toString()).toBe("");
  });

  test("another shell runs the command; a missing one is said before anything began", async () => {
    for (const name of ["/bin/bash", "bash"]) {
      const end = await start(shell, remoteTask({ command: "a=(1 2); echo ${#a[@]}", shell: name })).end;
      expect(end.stdout.toString()).toBe("2\n");
    }
    for (const name of ["/bin/no such shell", "no-such-shell", "/bin"]) {
      const end = await start(shell, remoteTask({ command: "echo ran", shell: name })).end;
      expect(words(end).slice(2)).toEqual(["noshell", "end -"]);
    }
  });

  test("a signal's end is its number and 128", async () => {
    const end = await start(shell, remoteTask({ command: "kill -s TERM $$" })).end;
    expect(words(end).at(-1)).toBe("end 143 -");
    expect(end.stderr.toString()).toBe("");
  });

  test("a daemon that keeps the streams open does not keep the end back", async () => {
    const task = remoteTask({ command: "sleep 60 & echo $!" });
    const run = start(shell, task);
    expect((await run.saw("end")).args[0]).toBe("0");
    process.kill(Number(run.output("stdout")), "SIGKILL");
    await run.end;
  });

  test("a time limit ends the whole tree, and one that keeps TERM away too", async () => {
    const command = `trap 'echo got term' TERM; sh -c 'trap "" TERM; sleep 61; sleep 62' &
      timeout 63 sleep 63 & (sleep 64 &) & wait; wait; wait; wait`;
    const task = remoteTask({ command, timeoutMs: 300, killGraceMs: 300, onDisconnect: "finish" });
    const end = await start(shell, task).end;
    const last = words(end).at(-1) as string;
    expect(last).toMatch(/^end \d+ timedOut$/);
    expect(inSession(Number(words(end)[1]?.split(" ")[3]))).toEqual([]);
  });
});
