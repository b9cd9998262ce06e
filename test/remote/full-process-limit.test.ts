import { randomInt } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseProcess } from "../../packages/worker/src/program/marks.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { remoteProgram } from "../../packages/worker/src/program/program.ts";
import { SHELLS, startLocally } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { makeGround } from "./ground.ts";
import { OPENSSH, startKiller, type Shell } from "./local-programs.ts";
import { makeLoginUsers, type LoginUsers } from "./login-users.ts";
import { startServer, type Server } from "./servers.ts";

failOnLeftovers();

/** Far more than a task needs without its command. */
const LIMIT = 24;
/** bash tries a fork again for 15 s before it gives up. */
const PATIENT = { timeout: 120_000 };
const KEY = "k".repeat(26);
const ONCE = { delivery: "once", recordKey: KEY } as const;

/** Takes every process that the user may have, and goes on doing so; what it starts is as deaf as it is. */
const hungry = (deaf: boolean): string =>
  `exec perl -e '${deaf ? '$SIG{TERM}="IGNORE";' : ""}for(;;){$p=fork;if(!defined $p){select undef,undef,undef,0.01}elsif(!$p){sleep 600;exit}}'`;

const uids: number[] = [];
let temp: TempDir;
beforeEach(() => {
  temp = makeTempDir("full-limit");
});
afterEach(async () => {
  for (const uid of uids.splice(0))
    await until("what is left to end", () => {
      for (const pid of processesOf(uid)) kill(pid);
      return processesOf(uid).length === 0;
    });
  temp.remove();
});

/** Without those that are dead and have nobody who takes that down. */
function processesOf(uid: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isDead = /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
        return !isDead && statSync(`/proc/${pid}`).uid === uid;
      } catch {
        return false;
      }
    });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** A shell of a user of his own who may have few processes. */
function poorUser(shell: Shell): { readonly shell: Shell; readonly uid: number; readonly recordDir: string } {
  const uid = 1_000_000 + randomInt(1_000_000_000);
  uids.push(uid);
  const recordDir = join(temp.path, "records");
  mkdirSync(recordDir, { mode: 0o700 });
  chownSync(recordDir, uid, uid);
  chownSync(temp.path, uid, uid);
  const as = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"] as const;
  return { shell: [...as, "prlimit", `--nproc=${LIMIT}`, ...shell], uid, recordDir };
}

const record = (dir: string): string => {
  const path = join(dir, `${KEY}.1`);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("under %s", (_, shell) => {
  test.each([
    ["that fills up the process limit", false],
    ["that fills up the process limit and is deaf to TERM", true],
  ])("a command %s is killed at its time limit, and told so", PATIENT, async (_name, deaf) => {
    const user = poorUser(shell);
    const task = remoteTask({
      ...ONCE,
      recordDir: user.recordDir,
      command: hungry(deaf),
      timeoutMs: 3000,
      killGraceMs: 500,
    });
    const program = remoteProgram(task, OPENSSH);
    // The guard's sleep is short, so that it has to fork between two of them while the limit is full.
    const body = program.body.replace(/-lt 6000\b/, "-lt 30").replace(/=6000\b/, "=30");
    expect(body.length).toBe(program.body.length - 4);
    const run = startLocally(user.shell, { ...program, body }, task.nonce);
    const end = await run.end;
    expect(end.marks.find(({ word }) => word === "end")?.args).toEqual([deaf ? "137" : "143", "timedOut"]);
    expect(record(user.recordDir)).toMatch(/^tim 1/);
    expect(processesOf(user.uid)).toEqual([]);
  });
});

// Where a fork fails bash and zsh end, and so does the killer: then the worker asks again.
describe.each(["dash", "busybox sh"])("under %s", (name) => {
  test("an operator's kill ends such a command, by a shell that can fork nothing", PATIENT, async () => {
    const user = poorUser(["env", "LOGNAME=poor", ...name.split(" ")]);
    const task = remoteTask({ ...ONCE, recordDir: user.recordDir, command: hungry(true), killGraceMs: 500 });
    const run = startLocally(user.shell, remoteProgram(task, OPENSSH), task.nonce);
    const process = parseProcess((await run.saw("start")).args);
    await until("the limit to be full", () => processesOf(user.uid).length >= LIMIT);
    const killed = await startKiller(user.shell, task, process).end;
    expect(killed.marks.find(({ word }) => word === "recorded")?.args.slice(0, 1)).toEqual(["137"]);
    expect((await run.end).marks.find(({ word }) => word === "end")?.args[0]).toBe("137");
  });
});

describe("a login user who may have few processes", () => {
  let server: Server;
  let users: LoginUsers;
  beforeAll(async () => {
    server = await startServer("sshd");
    users = makeLoginUsers(server.publicKeyFile);
  });
  afterAll(async () => {
    users.remove();
    await server.stop();
  });

  test.each([
    ["once", "finish"],
    ["once", "attached"],
    ["repeatable", "finish"],
    ["repeatable", "attached"],
  ] as const)(
    "has a command that takes all of them killed at its time limit: %s, %s",
    PATIENT,
    async (delivery, onDisconnect) => {
      const rc = { ".bashrc": `ulimit -u ${LIMIT}\n` };
      const user = await users.add(findProgram("bash"), { rc });
      uids.push(user.uid);
      const ground = makeGround(server.sshConfigFile, user.name);
      const fields: Partial<RemoteTask> = {
        ...(delivery === "once" ? ONCE : { delivery }),
        onDisconnect,
        command: hungry(true),
        timeoutMs: 2000,
        killGraceMs: 500,
      };
      const end = await ground.run(fields);
      await ground.close();
      expect(end).toMatchObject({ outcome: "timedOut", exitCode: 137 });
    },
  );
});
