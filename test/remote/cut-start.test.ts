import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { remoteProgram } from "../../packages/worker/src/program/program.ts";
import { SHELLS, startLocally } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { makeGround } from "./ground.ts";
import { deliverTask, OPENSSH, startKiller, type Shell } from "./local-programs.ts";
import { makeLoginUsers, type LoginUsers } from "./login-users.ts";
import { startServer, type Server } from "./servers.ts";

failOnLeftovers();

let temp: TempDir;
/** Where a user of a test's own may do nothing. */
let words: TempDir;
beforeEach(() => {
  temp = makeTempDir("cut-start");
  words = makeTempDir("words");
});
afterEach(() => {
  temp.remove();
  words.remove();
});

/** More than a shell needs up to its claim. */
const LIMIT = 8;
/** What a pipe of Linux holds. */
const PIPE_BYTES = 65_536;
const KEY = "k".repeat(26);
const ONCE = { delivery: "once", recordKey: KEY } as const;
const onceTask = (fields: Parameters<typeof remoteTask>[0]) =>
  remoteTask({ ...ONCE, nonce: "n".repeat(24), recordDir: temp.path, ...fields });
const record = (dir = temp.path): string => {
  const path = join(dir, `${KEY}.1`);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

function ownerOf(pid: number | undefined): number | undefined {
  const path = `/proc/${pid ?? 0}`;
  const isSleep = existsSync(path) && readFileSync(`${path}/comm`, "utf8") === "sleep\n";
  return isSleep ? statSync(path).uid : undefined;
}

interface Held {
  readonly pid: number;
  readonly exited: Promise<unknown>;
  /** Its words are read: it goes on. */
  goOn(): void;
  /** Nobody reads its words any more. */
  leave(): void;
  hangUp(): void;
}

/** A delivery that waits just after its claim, since its words about that find the pipe full. */
async function holdAtClaim(shell: Shell, task: RemoteTask): Promise<Held> {
  const { hello, body } = remoteProgram(task, OPENSSH);
  const fifo = join(words.path, "stderr");
  execFileSync("mkfifo", [fifo]);
  const reader = openSync(fifo, "r+");
  const helloMark = `rr:${task.nonce}:hello\n`;
  const longestStart = `rr:${task.nonce}:start 9999999 999999999 9999999 1 ${"0".repeat(36)}\n`;
  writeSync(reader, Buffer.alloc(PIPE_BYTES - helloMark.length - longestStart.length));
  const writer = openSync(fifo, "w");
  const child = spawn(shell[0], shell.slice(1), { detached: true, stdio: ["pipe", "pipe", writer] });
  const exited = once(child, "exit");
  closeSync(writer);
  child.stdout?.resume();
  child.stdin?.write(hello + body);
  await until("the claim", () => record(task.recordDir).startsWith("claimed\n"));
  return {
    pid: child.pid ?? 0,
    exited,
    goOn: () => void readSync(reader, Buffer.alloc(PIPE_BYTES)),
    leave: () => closeSync(reader),
    hangUp: () => void child.stdin?.end(),
  };
}

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))(
  "between claim and command, under %s",
  (_, shell) => {
    test("a connection that goes then stops nothing", async () => {
      const held = await holdAtClaim(shell, onceTask({ command: `printf ran >${temp.path}/ran` }));
      held.leave();
      await until("the end", () => record().startsWith("end 000"));
      held.hangUp();
      await held.exited;
      expect(existsSync(join(temp.path, "ran"))).toBe(true);
    });

    // bash tries a fork again for half a minute.
    test("a host that can start no more processes begins nothing, and says so for ever", async () => {
      const uid = 1_000_000 + randomInt(1_000_000_000);
      const recordDir = join(temp.path, "records");
      mkdirSync(recordDir, { mode: 0o700 });
      chownSync(recordDir, uid, uid);
      chownSync(temp.path, uid, uid);
      const as = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"] as const;
      const task = onceTask({ command: `touch ${temp.path}/ran`, recordDir });
      const held = await holdAtClaim([...as, "prlimit", `--nproc=${LIMIT}`, ...shell], task);
      const others = Array.from({ length: LIMIT }, () => spawn(as[0], [...as.slice(1), "sleep", "600"]));
      await until("as many processes as there may be", () => others.every(({ pid }) => ownerOf(pid) === uid));
      held.goOn();
      await held.exited;
      await Promise.all(others.map((other) => (other.kill("SIGKILL"), once(other, "exit"))));
      const user: Shell = [...as, ...shell];
      const program = remoteProgram(task, OPENSSH);
      // Its second shell is no other user's.
      const body = program.body.replace(/exec \/bin\/sh$/m, `exec ${shell.join(" ")}`);
      const again = await startLocally(user, { ...program, body }, task.nonce).end;
      expect(again.marks.map(({ word }) => word)).toContain("unstarted");
      const killed = await startKiller(user, task).end;
      expect(killed.marks.map(({ word }) => word)).toContain("unstarted");
      expect(existsSync(join(temp.path, "ran"))).toBe(false);
      const second = await deliverTask(user, { ...task, attempt: 2 }).end;
      expect(second.marks.find(({ word }) => word === "end")?.args).toEqual(["0", "-"]);
      expect(record(recordDir)).toMatch(/^claimed\n/);
    });

    test("a time limit that is gone before anybody looks for it lets nothing begin", async () => {
      for (const delivery of ["once", "repeatable"] as const) {
        const task = onceTask({ delivery, command: `touch ${temp.path}/ran`, timeoutMs: 60_000 });
        const program = remoteProgram(task, OPENSSH);
        // The kernel ends the guard, and the shell that began it comes to look when nothing is left of it.
        const body = program.body.replace(
          /\)&\w+=\$! .*\n(?=\[ ! -r )/,
          "$&kill -s KILL $!;while [ -e /proc/$! ];do :;done\n",
        );
        expect(body).not.toBe(program.body);
        const end = await startLocally(shell, { ...program, body }, task.nonce).end;
        expect(end.marks.map(({ word }) => word)).toContain("nolimit");
      }
      expect(existsSync(join(temp.path, "ran"))).toBe(false);
    });

    test("a record that is gone, and cannot be made again, begins nothing", async () => {
      const recordDir = join(temp.path, "records");
      const task = onceTask({ command: `touch ${temp.path}/ran`, recordDir });
      const program = remoteProgram(task, OPENSSH);
      // As somebody's cleaning would, in the moment after the claim.
      const body = program.body.replace(/^trap '' PIPE\n(?=\w+=' ')/m, `$&rm -rf ${recordDir}\n`);
      expect(body).not.toBe(program.body);
      const end = await startLocally(shell, { ...program, body }, task.nonce).end;
      expect(end.marks.map(({ word }) => word)).toContain("norecord");
      expect(existsSync(join(temp.path, "ran"))).toBe(false);
    });
  },
);

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

  const run = async (processes: number, fields: Partial<RemoteTask>) => {
    const rc = { ".bashrc": `ulimit -u ${processes}\n` };
    const user = await users.add(findProgram("bash"), { rc });
    const ground = makeGround(server.sshConfigFile, user.name);
    const end = await ground.run({ ...ONCE, ...fields }, { lostTimeoutMs: 3000 });
    await ground.close();
    return { end, hasRun: existsSync(join(user.home, "ran")) };
  };

  test("is told that the command could not be started, with the cure", async () => {
    // One for sshd, one for the shell, one for its children.
    const { end, hasRun } = await run(3, { onDisconnect: "finish", command: "touch ran" });
    expect(end).toMatchObject({
      outcome: "refused",
      blame: "host",
      reason: expect.stringMatching(
        /^the host could not start the command: \/bin\/sh ended with 2 before that \(no fork\?\); see the login user's limits \(ulimit -u\)$/,
      ) as string,
    });
    expect(hasRun).toBe(false);
  });

  // One for sshd, one for the shell, one for what outlives the connection, one for the limit's guard, one for its sleep
  // and one for the command, which needs none of its own: whichever of them cannot be.
  test("has a command begin with its time limit or not at all, and is told the cure", async () => {
    const ways = (["once", "repeatable"] as const).flatMap((delivery) => [
      ...[3, 4, 5, 6].map((processes) => ({ delivery, onDisconnect: "finish", processes }) as const),
      ...[3, 4, 5].map((processes) => ({ delivery, onDisconnect: "attached", processes }) as const),
    ]);
    const isEnough = ({ onDisconnect, processes }: (typeof ways)[number]): boolean =>
      processes === (onDisconnect === "finish" ? 6 : 5);
    const ends = await Promise.all(
      ways.map(async ({ processes, ...fields }) => {
        const { end, hasRun } = await run(processes, { ...fields, command: ": >ran", timeoutMs: 60_000 });
        return { outcome: end.outcome, cure: /see the login user's .*$/.exec(end.reason ?? "")?.[0], hasRun };
      }),
    );
    const cure = "see the login user's limits (ulimit -u)";
    const expected = ways.map((way) =>
      isEnough(way)
        ? { outcome: "ok", cure: undefined, hasRun: true }
        : { outcome: "refused", cure, hasRun: false },
    );
    expect(ends).toEqual(expected);
  });
});
