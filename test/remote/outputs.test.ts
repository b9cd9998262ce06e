import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeGround, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { SERVERS, startServer, type Server } from "./servers.ts";

failOnLeftovers();

describe.each(SERVERS)("outputs on %s", (serverName) => {
  let server: Server;
  let users: LoginUsers;
  let login: LoginUser;
  let other: LoginUser;
  let ground: Ground;

  beforeAll(async () => {
    server = await startServer(serverName);
    users = makeLoginUsers(server.publicKeyFile);
    login = await users.add(findProgram("bash"));
    other = await users.add(findProgram("bash"));
    users.sudoers(`${login.name} ALL=(ALL) NOPASSWD: /bin/sh\n`);
    ground = makeGround(server.sshConfigFile, login.name, { keeps: true });
  });
  afterAll(async () => {
    await ground.close();
    users.remove();
    await server.stop();
  });

  test("are written by the user that runs the command, asked again from its record, also after a loss", async () => {
    const recordKey = `out-${process.pid}-${serverName}`.padEnd(26, "x");
    const task = {
      outputs: true,
      become: other.name,
      delivery: "once",
      onDisconnect: "finish",
      recordKey,
    } as const;
    const command = 'echo "who=$(id -un) $(stat -c %a "$RR_OUT")" >> "$RR_OUT"';
    const outputs = { who: `${other.name} 600` };
    expect(await ground.run({ ...task, command })).toMatchObject({ outcome: "ok", outputs });
    expect(await ground.run({ ...task, command })).toMatchObject({
      outcome: "ok",
      outputs,
      outputLost: true,
    });
    expect(readdirSync(other.recordDir)).toEqual([`${recordKey}.1`]);
  });

  test("are heard in whole beside a child that writes on, and of repeatable tasks", async () => {
    const many = "x".repeat(60_000);
    const command = `(for i in 1 2 3 4 5 6 7 8 9; do echo noise; sleep 0.05; done) & printf 'a=%060000d\\n' 0 | tr 0 x >"$RR_OUT"`;
    const end = await ground.run({ outputs: true, command });
    expect(end).toMatchObject({ outcome: "ok" });
    expect(end.outputs).toEqual({ a: many });
  });
});
