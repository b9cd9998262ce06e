import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killOnHost } from "../../packages/worker/src/visit/kill-on-host.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { makeGround, textOf, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { pidsOf, sessionOf } from "./processes.ts";
import { SERVERS, startServer, type Server } from "./servers.ts";

failOnLeftovers();

const PASSWORD = String.raw`p$w 'd"\n!x`;

describe.each(SERVERS)("sudo on %s", (serverName) => {
  let server: Server;
  let users: LoginUsers;
  let free: LoginUser;
  let asked: LoginUser;
  let nobody: LoginUser;
  let other: LoginUser;
  const grounds: Ground[] = [];
  const as = (user: LoginUser): Ground => {
    const ground = makeGround(server.sshConfigFile, user.name);
    grounds.push(ground);
    return ground;
  };

  beforeAll(async () => {
    server = await startServer(serverName);
    users = makeLoginUsers(server.publicKeyFile);
    const shell = findProgram("bash");
    free = await users.add(shell);
    asked = await users.add(shell, { password: PASSWORD });
    nobody = await users.add(shell);
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

  test("runs as root or another user, at home there, with its own record", async () => {
    const ground = as(free);
    const root = await ground.run({ become: true, command: 'id -u; echo "$HOME"; pwd' });
    expect(textOf(root.stdout)).toBe("0\n/root\n/root\n");
    const key = `become-${process.pid}-${serverName}`.padEnd(26, "x");
    const task = { become: other.name, delivery: "once", onDisconnect: "finish", recordKey: key } as const;
    const end = await ground.run({ ...task, command: "id -un; pwd; exit 4" });
    expect(end).toMatchObject({ outcome: "failed", exitCode: 4 });
    expect(textOf(end.stdout)).toBe(`${other.name}\n${other.home}\n`);
    expect(readdirSync(other.recordDir)).toEqual([`${key}.1`]);
    expect(existsSync(free.recordDir)).toBe(false);
    const again = await ground.run({ ...task, command: "id -un; pwd; exit 4" });
    expect(again).toMatchObject({ outcome: "failed", exitCode: 4, outputLost: true });
  });

  test("a refusal is sudo's own word, and is not tried again", async () => {
    const refused = { outcome: "unreachable", blame: "host", noRetry: true };
    const needsPassword = await as(asked).run({ become: true });
    expect(needsPassword).toMatchObject(refused);
    expect(needsPassword.reason).toMatch(/^sudo: a password is required; allow it with NOPASSWD/);
    const notAllowed = await as(nobody).run({ become: true });
    expect(notAllowed).toMatchObject(refused);
    expect(notAllowed.reason).toMatch(/^sudo: /);
    const unknown = await as(free).run({ become: "rr-test-none" });
    expect(unknown).toMatchObject(refused);
    expect(unknown.reason).toMatch(/^sudo: unknown user:? rr-test-none/);
  });

  test("a password is given where sudo asks, and shows nowhere", async () => {
    const command = "id -u; cat; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true";
    const end = await as(asked).run({ become: true, command, sudoPassword: PASSWORD });
    expect(end).toMatchObject({ outcome: "ok" });
    expect(textOf(end.stdout)).toMatch(/^0\n/);
    expect(textOf(end.stdout)).not.toContain(PASSWORD);
    expect(textOf(end.stdout)).not.toContain("[secret sudo-password]");
    await until("its place to be removed", () => readdirSync(asked.recordDir).length === 0);
  });

  test("a password is not given where sudo does not ask", async () => {
    const end = await as(free).run({ become: true, command: "id -u", sudoPassword: PASSWORD });
    expect(textOf(end.stdout)).toBe("0\n");
    await until("its place to be removed", () => readdirSync(free.recordDir).length === 0);
  });

  test("a wrong password is refused by sudo", async () => {
    const end = await as(asked).run({ become: true, sudoPassword: "wrong" });
    expect(end).toMatchObject({ outcome: "unreachable", noRetry: true });
    expect(end.reason).toMatch(/^sudo: .*(incorrect password|no password was provided).*right for this host/);
  });

  describe.each(["without", "with"])("%s a password", (how) => {
    const password = how === "with" ? { sudoPassword: PASSWORD } : {};
    const who = (): LoginUser => (how === "with" ? asked : free);

    test.each(["root", "other"])("a stop and a kill by the record end what runs as %s", async (target) => {
      const become = target === "root" ? true : other.name;
      const recordKey = `kill-${process.pid}-${serverName}-${how}-${target}`.padEnd(26, "x");
      const file = join(other.home, `${serverName}-${how}-${target}`);
      const fields = {
        become,
        ...password,
        delivery: "once",
        onDisconnect: "finish",
        recordKey,
        command: `echo $$ >${file}; sleep 311 & timeout 312 sleep 312`,
      } as const;
      const ground = as(who());
      const running = ground.run(fields);
      const pid = await until("its pid", () => (existsSync(file) ? Number(readFileSync(file, "utf8")) : 0));
      const session = sessionOf(pid);
      await until("all its processes", () => pidsOf(session).length >= 3);
      const kill = await killOnHost(remoteTask(fields), { cause: "cancelled" }, ground.connect("h1"));
      expect(kill).toMatchObject({ kind: "ended", exitCode: 143, cause: "cancelled" });
      expect(await running).toMatchObject({ outcome: "cancelled", signal: "SIGTERM" });
      await until("the session to end", () => pidsOf(session).length === 0);
      if (target === "root") rmSync(`/var/tmp/roadrunner-root/${recordKey}.1`);
    });
  });
});
