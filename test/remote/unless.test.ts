import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { makeGround, textOf, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { pidsIn } from "./processes.ts";
import { SERVERS, startServer, type Server } from "./servers.ts";

failOnLeftovers();

describe.each(SERVERS)("unless on %s", (serverName) => {
  let server: Server;
  let users: LoginUsers;
  let user: LoginUser;
  let fresh: Ground;
  let kept: Ground;

  beforeAll(async () => {
    server = await startServer(serverName);
    users = makeLoginUsers(server.publicKeyFile);
    user = await users.add(findProgram("bash"));
    users.sudoers(`${user.name} ALL=(ALL) NOPASSWD: /bin/sh\n`);
    fresh = makeGround(server.sshConfigFile, user.name);
    kept = makeGround(server.sshConfigFile, user.name, { keeps: true });
  });
  afterAll(async () => {
    await fresh.close();
    await kept.close();
    users.remove();
    await server.stop();
  });

  let tasks = 0;
  const taskOf = (fields: Partial<RemoteTask>): Partial<RemoteTask> => ({
    ...{ command: "id -un", delivery: "once", onDisconnect: "finish" },
    recordKey: `unless-${process.pid}-${serverName}-${++tasks}`.padEnd(26, "x").slice(-26),
    ...fields,
  });
  const ways = (): readonly Ground[] => [fresh, kept];

  test("is asked as the command would run, and decides whether it does", async () => {
    for (const ground of ways()) {
      for (const become of [undefined, true] as const) {
        const who = become === undefined ? user.name : "root";
        const as = become === undefined ? {} : { become };
        const asks = `[ "$(id -un)" = ${who} ] || exit 126; echo asked; exit`;
        expect(await ground.run(taskOf({ ...as, unless: `${asks} 0` }))).toMatchObject({
          ...{ outcome: "ok", changed: false },
          stdout: { head: Buffer.alloc(0) },
        });
        const needed = await ground.run(taskOf({ ...as, unless: `${asks} 1` }));
        expect(needed).toMatchObject({ outcome: "ok", exitCode: 0, changed: true });
        expect(textOf(needed.stdout)).toBe(`${who}\n`);
        const failed = await ground.run(taskOf({ ...as, unless: `${asks} 126` }));
        expect(failed).toMatchObject({ outcome: "failed", reason: "unless: exit code 126" });
        expect(textOf(failed.stdout)).toBe("asked\n");
      }
    }
  });

  test("a stop while it is asked leaves nothing", async () => {
    for (const [number, ground] of ways().entries()) {
      for (const delivery of ["once", "repeatable"] as const) {
        const sleep = `sleep 60${number}.${process.pid}`;
        for (const way of ["stop", "revocation"] as const) {
          const stop = new AbortController();
          const { signal } = stop;
          const task = taskOf({ delivery, unless: `${sleep}; exit 1`, command: "echo ran" });
          const run = ground.run(task, way === "stop" ? { signal } : { revoked: signal });
          await until("it to be asked", () => pidsIn(user.home, sleep).length > 0);
          stop.abort();
          expect(await run).toMatchObject({ outcome: "skipped", blame: "submission" });
          expect(pidsIn(user.home, sleep)).toEqual([]);
        }
      }
    }
  });

  test("what it leaves to another user, and nobody can end, is told, and the command is not started", async () => {
    const sleep = `sleep 700.${process.pid}`;
    const unless = `sudo -n /bin/sh -c '${sleep} >/dev/null 2>&1 &'; exit 1`;
    const end = await fresh.run(taskOf({ unless, command: "echo ran", killGraceMs: 200 }));
    const left = pidsIn(user.home, sleep);
    for (const pid of left) process.kill(pid, "SIGKILL");
    expect(left).toHaveLength(1);
    expect(end).toMatchObject({ outcome: "failed" });
    expect(end.reason).toMatch(
      /^unless: it left processes that could not be killed and still run: \d+ \(another user's processes\?\)$/,
    );
    expect(textOf(end.stdout)).toBe("");
  });
});
