import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { deadConnect, makeGround, textOf, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { isAlive, pidsOf, sessionOf } from "./processes.ts";
import { SERVERS, startServer, type Server } from "./servers.ts";

failOnLeftovers();

/** Every login shell of the field, and what /bin/sh then makes of our program. */
const SHELLS = ["dash", "bash", "ash", "zsh", "fish", "tcsh"];

let key = 0;
const once = (): Pick<RemoteTask, "delivery" | "onDisconnect" | "recordKey"> => {
  key += 1;
  return { delivery: "once", onDisconnect: "finish", recordKey: `key-${process.pid}-${key}`.padEnd(26, "x") };
};

describe.each(SERVERS)("%s", (serverName) => {
  let server: Server;
  let users: LoginUsers;
  beforeAll(async () => {
    server = await startServer(serverName);
    users = makeLoginUsers(server.publicKeyFile);
    users.allowShell(users.ash);
  });
  afterAll(async () => {
    users.remove();
    await server.stop();
  });

  // What dropbear does otherwise than sshd, it does under each of them; those that differ most stand for the rest.
  const shells = serverName === "dropbear" ? ["bash", "fish", "root"] : [...SHELLS, "root"];
  describe.each(shells)("with login shell %s", (shell) => {
    let user: LoginUser;
    let ground: Ground;
    const file = (name: string): string => join(user.home, name);
    const read = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), "utf8") : "");
    const pidIn = (name: string): Promise<number> => until(`a pid in ${name}`, () => Number(read(name)));

    beforeAll(async () => {
      user = await users.add(shell === "ash" ? users.ash : findProgram(shell === "root" ? "dash" : shell), {
        ...(shell === "root" ? { uid: 0 } : {}),
      });
      ground = makeGround(server.sshConfigFile, user.name);
    });
    afterAll(async () => {
      await ground.close();
    });

    test("values and places arrive byte for byte", async () => {
      const value = `'"\\\n$(touch x)\`!*?~#%{}<>&|; \u00e9\u{1f600}\t\u0001\u007f`;
      const cwd = join(user.home, "a 'b' $c\n!");
      const made = await ground.run({ command: 'mkdir -p "$D"', env: { D: cwd } });
      expect(made).toMatchObject({ outcome: "ok" });
      const end = await ground.run({ command: 'printf "%s|%s" "$V" "$PWD"', env: { V: value }, cwd });
      expect(textOf(end.stdout)).toBe(`${value}|${cwd}`);
      expect(textOf(end.stderr)).toBe("");
    });

    test("three deliveries at once and one later start the command once", async () => {
      const task = { ...once(), command: "echo x >>~/starts; sleep 0.3; exit 9" };
      const ends = await Promise.all([1, 2, 3].map(() => ground.run(task)));
      ends.push(await ground.run(task));
      expect(ends.map(({ outcome, reason }) => `${outcome}: ${reason}`)).toEqual(
        Array(4).fill("failed: exit code 9"),
      );
      expect(ends.filter(({ outputLost }) => outputLost !== true)).toHaveLength(1);
      expect(read("starts")).toBe("x\n");
    });

    test("cut off, a writing command ends by itself, and the next delivery learns its code", async () => {
      const task = {
        ...once(),
        command:
          "echo $$ >~/cut; i=0; while [ $i -lt 20 ]; do echo $i; i=$((i+1)); sleep 0.05; done; head -c 1000000 /dev/zero; echo done >~/cut-done; exit 6",
      };
      const worker = makeGround(server.sshConfigFile, user.name);
      const cut = worker.run(task, { connect: deadConnect, lostTimeoutMs: 0 });
      await pidIn("cut");
      await worker.close();
      expect(await cut).toMatchObject({ outcome: "unknown", mayBeRunning: true, outputLost: true });
      expect(await ground.run(task)).toMatchObject({ outcome: "failed", exitCode: 6, outputLost: true });
      expect(read("cut-done")).toBe("done\n");
    });

    test("a stop ends the whole tree and spares the sibling on the same connection", async () => {
      const sibling = ground.run({ command: "sleep 2; echo still here" });
      const stop = new AbortController();
      const command = "echo $$ >~/tree; sleep 301 & timeout 302 sleep 302 & sh -c 'sleep 303; :' & wait";
      const running = ground.run({ ...once(), command }, { signal: stop.signal });
      const session = sessionOf(await pidIn("tree"));
      stop.abort();
      expect(await running).toMatchObject({ outcome: "cancelled", signal: "SIGTERM" });
      expect(pidsOf(session)).toEqual([]);
      expect(textOf((await sibling).stdout)).toBe("still here\n");
    });

    test("a time limit holds after the connection is gone, by KILL if it must", async () => {
      const task = {
        ...once(),
        command: "echo $$ >~/limit; trap '' TERM; timeout 305 sleep 305 & while :; do sleep 0.1; done",
        timeoutMs: 700,
        killGraceMs: 200,
      };
      const worker = makeGround(server.sshConfigFile, user.name);
      const cut = worker.run(task, { connect: deadConnect, lostTimeoutMs: 0 });
      const pid = await pidIn("limit");
      await worker.close();
      await cut;
      expect(await ground.run(task)).toMatchObject({ outcome: "timedOut", exitCode: 137, outputLost: true });
      expect(isAlive(pid)).toBe(false);
    });

    test("a wrapper that is killed leaves an orphan to wait for, then a process gone", async () => {
      const task = { ...once(), command: "echo $PPID >~/wrapper; sleep 2" };
      const running = ground.run(task);
      process.kill(await pidIn("wrapper"), "SIGKILL");
      const end = await running;
      expect(end).toMatchObject({ outcome: "unknown", outputLost: true });
      expect(end.reason).toMatch(/^process gone/);
      expect(end.mayBeRunning).toBeUndefined();
    });
  });
});
