import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { openGround, writeSshConfig, type Ground } from "./ground.ts";
import { startRealm, type Realm } from "./realm.ts";

failOnLeftovers();

const temp = makeTempDir("kerberos");
const HOST = "127.7.0.1";
const LIFE_S = 10;
let realm: Realm;
let sshd: Sshd;
let ground: Ground;

beforeAll(async () => {
  realm = await startRealm(temp.path, [HOST]);
  Object.assign(process.env, realm.clientEnv);
  const config = "GSSAPIAuthentication yes\nGSSAPIStrictAcceptorCheck no\nPubkeyAuthentication no";
  sshd = await startSshd({ config, env: realm.serverEnv });
  const lines = [
    `Port ${sshd.port}`,
    "User root",
    "IdentityFile none",
    "GSSAPIAuthentication yes",
    `UserKnownHostsFile ${sshd.knownHostsFile}`,
  ];
  ground = openGround({ sshConfigFiles: [writeSshConfig(temp.path, lines)], transport: "auto" });
});
afterAll(async () => {
  for (const name of Object.keys(realm.clientEnv)) delete process.env[name];
  await ground.close();
  await sshd.stop();
  await realm.stop();
  temp.remove();
});

test("a ticket logs in; what is logged in outlives it, and a login without one is the worker's fault", async () => {
  const without = await ground.problem(HOST);
  expect(without).toMatchObject({ reason: "local", blame: "worker" });
  expect(without.message).toMatch(/not usable: No Kerberos credentials available/);

  realm.ticket(LIFE_S);
  expect((await ground.run(HOST, "echo in")).stdout).toBe("in\n");
  expect(ground.stats().carriers).toEqual({ openssh: 1 });
  await until("the ticket to expire", () => !realm.hasTicket());
  // Its times are whole seconds, and in the one in which it ends it is taken still.
  await sleep(1100);
  expect((await ground.run(HOST, "echo still in")).stdout).toBe("still in\n");
  const late = await ground.problem({ host: HOST, freshLogin: true });
  expect(late).toMatchObject({ reason: "local", blame: "worker", noRetry: false });
  expect(late.message).toMatch(/could not log in .*: tried gssapi-with-mic; not usable: Ticket expired/);
});
