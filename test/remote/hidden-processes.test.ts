import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { killOnHost } from "../../packages/worker/src/visit/kill-on-host.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { HIDE_PIDS, type HidePid } from "../support/private-proc.ts";
import { findProcessesWith } from "../support/processes-of.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { makeGround, textOf, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { type SERVERS, startServer, type Server } from "./servers.ts";

failOnLeftovers();

const PASSWORD = "a password";
/** What is hidden is the kernel's doing, whichever server logs in: the second one has the stricter way alone. */
const PLACES: readonly (readonly [(typeof SERVERS)[number], HidePid])[] = [
  ...HIDE_PIDS.map((hidePid) => ["sshd", hidePid] as const),
  ["dropbear", "invisible"],
];
const WHO = ["login", "free root", "free other", "asked root", "asked other"] as const;

describe.each(PLACES)("on %s with hidepid=%s", (serverName, hidePid) => {
  let server: Server;
  let users: LoginUsers;
  let free: LoginUser;
  let asked: LoginUser;
  let other: LoginUser;
  let number = 0;
  const grounds: Ground[] = [];

  beforeAll(async () => {
    server = await startServer(serverName, hidePid);
    users = makeLoginUsers(server.publicKeyFile);
    const shell = findProgram("dash");
    free = await users.add(shell);
    asked = await users.add(shell, { password: PASSWORD });
    other = await users.add(shell);
    users.sudoers(
      `${free.name} ALL=(ALL) NOPASSWD: /bin/sh\n${asked.name} ALL=(ALL) /bin/sh\nDefaults:${asked.name} timestamp_timeout=0\n`,
    );
  });
  afterAll(async () => {
    for (const ground of grounds) await ground.close();
    users.remove();
    await server.stop();
  });

  const as = (user: LoginUser): Ground => {
    const ground = makeGround(server.sshConfigFile, user.name);
    grounds.push(ground);
    return ground;
  };

  /** A task of one of these, whose processes are known by the value of RR_TEST_HIDDEN. */
  function start(who: (typeof WHO)[number], fields: Partial<RemoteTask>) {
    number += 1;
    const [login, target] = who.split(" ");
    const mark = `${process.pid}-${serverName}-${hidePid}-${number}`;
    const task = remoteTask({
      delivery: "once",
      onDisconnect: "finish",
      recordKey: `hidden-${mark}`.padEnd(26, "x"),
      env: { RR_TEST_HIDDEN: mark },
      ...(target === undefined ? {} : { become: target === "root" ? true : other.name }),
      ...(login === "asked" ? { sudoPassword: PASSWORD } : {}),
      ...fields,
      host: "h1",
    });
    const running = () => findProcessesWith("RR_TEST_HIDDEN", mark);
    const remove = () => {
      if (target === "root") rmSync(`/var/tmp/roadrunner-root/${task.recordKey}.1`, { force: true });
    };
    return { task, running, remove, ground: as(login === "asked" ? asked : free) };
  }

  test.each(WHO)("what runs as %s is told, looked at, and asked again", async (who) => {
    const { task, ground, remove } = start(who, { command: "sleep 1; echo told; exit 4" });
    const first = ground.run(task);
    const second = ground.run({ ...task, nonce: freshNonce() });
    const ends = await Promise.all([first, second]);
    expect(ends).toMatchObject([
      { outcome: "failed", exitCode: 4 },
      { outcome: "failed", exitCode: 4 },
    ]);
    expect(ends.map(({ stdout }) => textOf(stdout)).sort()).toEqual(["", "told\n"]);
    remove();
  });

  test.each(WHO)("what runs as %s is killed by its record, in whatever session it is", async (who) => {
    const { task, ground, running, remove } = start(who, {
      command: "setsid -w sleep 60 & timeout 60 sleep 60",
    });
    const first = ground.run(task);
    await until("the command", () => running().length >= 4);
    const kill = await killOnHost(task, { cause: "cancelled" }, ground.connect("h1"));
    expect(kill).toMatchObject({ kind: "ended", exitCode: 143, cause: "cancelled" });
    expect(await first).toMatchObject({ outcome: "cancelled", signal: "SIGTERM" });
    expect(running()).toEqual([]);
    remove();
  });

  test.each(WHO)("what runs as %s without a record is killed, and ends at its time limit", async (who) => {
    const killed = start(who, { delivery: "repeatable", command: "sleep 60" });
    const stop = new AbortController();
    const first = killed.ground.run(killed.task, { signal: stop.signal });
    await until("the command", () => killed.running().length > 0);
    stop.abort();
    expect(await first).toMatchObject({ outcome: "cancelled", signal: "SIGTERM" });
    const late = start(who, { command: "sleep 60", timeoutMs: 500 });
    expect(await late.ground.run(late.task)).toMatchObject({ outcome: "timedOut", signal: "SIGTERM" });
    expect([...killed.running(), ...late.running()]).toEqual([]);
    late.remove();
  });
});
