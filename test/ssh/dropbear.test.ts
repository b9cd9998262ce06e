import { afterAll, beforeAll, expect, test } from "vitest";
import { startDropbear, type Dropbear } from "../remote/dropbear.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "../remote/login-users.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { openGround, opened, outputOf, type Ground } from "./ground.ts";

failOnLeftovers();

let dropbear: Dropbear;
let users: LoginUsers;
let user: LoginUser;
let ground: Ground;

beforeAll(async () => {
  dropbear = await startDropbear();
  users = makeLoginUsers(dropbear.publicKeyFile);
  user = await users.add("/bin/sh");
  ground = openGround({ sshConfigFiles: [dropbear.sshConfigFile] });
});
afterAll(async () => {
  await ground.close();
  await dropbear.stop();
  users.remove();
});

const target = () => ({ host: "h1", user: user.name });

test("a command runs, and the server tells who it is", async () => {
  const lease = await ground.lease(target());
  expect(lease.server).toMatch(/^dropbear/);
  expect(await outputOf(await opened(lease, "echo out; echo err >&2; exit 3"))).toEqual({
    stdout: "out\n",
    stderr: "err\n",
    end: { kind: "exit", code: 3 },
  });
  expect((await outputOf(await opened(lease, "kill -KILL $$"))).end).toEqual({
    kind: "signal",
    signal: "SIGKILL",
  });
  lease.release();
});

test("60 commands at once, with the few logins at a time that it takes from one address", async () => {
  const ran = await Promise.all(
    Array.from({ length: 60 }, (_, index) => ground.run(target(), `sleep 0.2; echo ${index}`)),
  );
  expect(ran.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 60 }, (_, index) => `${index}\n`));
});

test("several workers at once are all let in after a while", async () => {
  const grounds = Array.from({ length: 15 }, () => openGround({ sshConfigFiles: [dropbear.sshConfigFile] }));
  const ran = await Promise.all(grounds.map((one) => one.run(target(), "echo in")));
  expect(ran.map(({ stdout }) => stdout)).toEqual(grounds.map(() => "in\n"));
  await Promise.all(grounds.map((one) => one.close()));
});

test("300 short commands, 20 at a time", async () => {
  let next = 0;
  const ends = new Set<string>();
  const work = async () => {
    while (next < 300) {
      next += 1;
      const { stdout, stderr, end } = await ground.run(target(), "echo in");
      ends.add(JSON.stringify([stdout, stderr, end]));
    }
  };
  await Promise.all(Array.from({ length: 20 }, work));
  expect(Array.from(ends)).toEqual([JSON.stringify(["in\n", "", { kind: "exit", code: 0 }])]);
});
