import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { base32, defined } from "@roadrunner/core";
import { KeptShells } from "../../packages/worker/src/visit/kept/kept-shells.ts";
import { createSshHosts } from "../../packages/worker/src/ssh/hosts.ts";
import { shellName } from "../../packages/worker/src/program/kept-shell.ts";
import type { RemoteEnd, RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import type { Transport } from "../../packages/worker/src/transport/transport.ts";
import { runOnHost } from "../../packages/worker/src/verdict/run-on-host.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findDescendants } from "../support/processes-of.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { textOf } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { isAlive } from "./processes.ts";

failOnLeftovers();

let sshd: Sshd;
let users: LoginUsers;
let user: LoginUser;
beforeAll(async () => {
  // One command at a time on a connection: a kept shell is in the way of every other one.
  sshd = await startSshd({ hosts: ["h1"], config: "MaxSessions 1\nSetEnv RR_TEST_OWN_HOME=yes" });
  users = makeLoginUsers(`${sshd.clientKey}.pub`);
  user = await users.add(findProgram("bash"), { rc: { ".bashrc": ":\n" } });
  users.sudoers(`${user.name} ALL=(ALL) NOPASSWD: ALL\n`);
});
afterAll(async () => {
  users.remove();
  await sshd.stop();
});

/** A worker's connections and shells, of a test's own. */
class Worker {
  readonly hosts: Transport = createSshHosts({ sshConfigFiles: [sshd.sshConfigFile] });
  readonly shells: KeptShells;
  /** Connections that were used. */
  readonly connections = new Set<number>();

  constructor(keepMs = 600_000) {
    this.shells = new KeptShells(keepMs);
  }

  async run(fields: Partial<RemoteTask> = {}, signal?: AbortSignal): Promise<RemoteEnd> {
    const connect = () => this.hosts.connect({ host: "h1", user: user.name, connectTimeoutMs: 30_000 });
    const lease = await connect();
    if (!lease.ok) throw new Error(lease.error.message);
    try {
      return await runOnHost({
        lease: lease.value,
        task: remoteTask({ host: "h1", delivery, recordKey: base32(randomBytes(16)), ...fields }),
        connect,
        shells: this.shells,
        log: { debug: () => {}, warn: () => {} },
        ...defined({ signal }),
      });
    } finally {
      this.connections.add(lease.value.connectionId);
      lease.value.release();
    }
  }

  /** The shell that runs a task's program, which is kept or else the program itself. */
  async shellOf(fields: Partial<RemoteTask> = {}): Promise<number> {
    const end = await this.run({
      ...fields,
      command: "read -r p n s parent rest </proc/$PPID/stat; echo $parent",
    });
    if (end.outcome !== "ok") throw new Error(`${end.outcome}: ${end.reason}`);
    return Number(textOf(end.stdout));
  }

  /** A shell that has served, and now waits. A busy machine may not be able to prove at once that one may. */
  async kept(fields: Partial<RemoteTask> = {}): Promise<number> {
    let shell = 0;
    return until("a shell that serves twice", async () => {
      const before = shell;
      shell = await this.shellOf(fields);
      const name = shellName(remoteTask(fields));
      const isKept = await Promise.all([...this.connections].map((id) => this.shells.has(id, name)));
      return shell === before && isKept.includes(true) ? shell : undefined;
    });
  }
}

/** A task with a record goes to the shell in one write with the call, another one when that was answered. */
let delivery: RemoteTask["delivery"] = "repeatable";
let worker: Worker;
beforeEach(() => {
  worker = new Worker();
  return () => worker.hosts.close();
});

const gone = (shell: number): Promise<boolean> => until("the shell to be gone", () => !isAlive(shell));

describe.each(["repeatable", "once"] as const)("a shell that is kept, %s", (given) => {
  beforeAll(() => {
    delivery = given;
  });

  test("is in /, starts each command where the login was, and keeps nothing of the one before", async () => {
    const shell = await worker.kept();
    const fresh = new Worker(0);
    const command =
      "pwd; umask; ulimit -a; trap; echo $-; env | grep -Ev '^(RR_TAG|SSH_C[A-Z]*|OLDPWD)=' | sort";
    const [first, again] = [await fresh.run({ command }), await worker.run({ command })];
    await fresh.hosts.close();
    expect(textOf(again.stdout)).toBe(textOf(first.stdout));
    await worker.run({ command: "cd /tmp; umask 0; export LEFT=1; ulimit -n 50; set -e" });
    expect(textOf((await worker.run({ command })).stdout)).toBe(textOf(again.stdout));
    if (isAlive(shell)) expect(readFileSync(`/proc/${shell}/stat`, "utf8")).toContain("(sh)");
  });

  test("is given up when it is killed, and nobody notices", async () => {
    const shell = await worker.kept();
    process.kill(shell, "SIGKILL");
    expect(await worker.shellOf()).not.toBe(shell);
  });

  test("is given up when it does not answer", async () => {
    const shell = await worker.kept();
    process.kill(shell, "SIGSTOP");
    expect(await worker.shellOf()).not.toBe(shell);
    process.kill(shell, "SIGKILL");
  });

  test("is given up, and its connection with it, when the connection has died unseen", async () => {
    await worker.kept();
    const sessions = findDescendants(sshd.pid).filter(({ commandLine }) => commandLine.startsWith("sshd: "));
    for (const { pid } of sessions) process.kill(pid, "SIGSTOP");
    const startedAt = performance.now();
    expect(await worker.run()).toMatchObject({ outcome: "ok" });
    // Five seconds without an answer, and a login; a connection that is in use would be given 45.
    expect(performance.now() - startedAt).toBeLessThan(25_000);
    for (const { pid } of sessions) process.kill(pid, "SIGKILL");
  });

  test("is given up when somebody says something while it waits", async () => {
    const shell = await worker.kept();
    appendFileSync(`/proc/${shell}/fd/1`, "x");
    await gone(shell);
    expect(await worker.shellOf()).not.toBe(shell);
  });

  test("is given up when a new login would be another one", async () => {
    const shell = await worker.kept();
    const later = new Date(Date.now() + 1000);
    utimesSync(join(user.home, ".bashrc"), later, later);
    expect(await worker.shellOf()).not.toBe(shell);
    writeFileSync(join(user.home, ".bashrc"), ":\n");
  });

  test("is given up after a secret, a kill, a time limit and a command that ended its program", async () => {
    for (const fields of [
      { secretEnv: { A: { name: "a", value: "hunter2" } } },
      { command: "sleep 60", timeoutMs: 200, killGraceMs: 200 },
      { command: "kill -KILL $PPID" },
    ]) {
      const shell = await worker.kept();
      await worker.run(fields);
      await gone(shell);
    }
    const shell = await worker.kept();
    const stop = new AbortController();
    const running = worker.run({ command: "echo >~/runs; sleep 60", delivery: "once" }, stop.signal);
    await until("the command to run", () => existsSync(join(user.home, "runs")));
    rmSync(join(user.home, "runs"));
    stop.abort();
    expect((await running).outcome).toBe("cancelled");
    await gone(shell);
  });

  test("makes room for whoever needs its place", async () => {
    const shell = await worker.kept();
    const own = { become: true } as const;
    expect(await worker.shellOf(own)).not.toBe(shell);
    await gone(shell);
    expect(worker.connections.size).toBe(1);
  });

  test("is another user's or another signer's for them alone", async () => {
    const shell = await worker.kept({ owner: "alice" });
    expect(await worker.shellOf({ owner: "bob" })).not.toBe(shell);
    const root = await worker.kept({ become: true, owner: "bob" });
    expect(textOf((await worker.run({ become: true, owner: "bob", command: "id -u" })).stdout)).toBe("0\n");
    expect(root).not.toBe(shell);
  });

  test("serves nobody any more when it is old", async () => {
    const old = new Worker(1);
    const shells = [await old.shellOf(), await old.shellOf(), await old.shellOf()];
    expect(new Set(shells).size).toBe(3);
    await old.hosts.close();
  });

  test("goes with its connection", async () => {
    const shell = await worker.kept();
    await worker.hosts.close();
    expect(await gone(shell)).toBe(true);
  });
});
