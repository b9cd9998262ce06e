import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startAgent, type Agent } from "./agent.ts";
import { makeAuthority, type Authority } from "./authority.ts";
import { makeKey, openGround, writeSshConfig, type Ground } from "./ground.ts";

failOnLeftovers();

const temp = makeTempDir("refused-certificates");
const HOST = "127.7.0.1";
let users: Authority;
let sshd: Sshd;
let grounds: Ground[] = [];
let agents: Agent[] = [];

beforeAll(async () => {
  users = makeAuthority(temp.path, "user_ca");
  const revoked = users.user("revoked", ["-n", "root", "-z", "7"]);
  const krl = join(temp.path, "krl");
  const words = ["-q", "-k", "-f", krl, "-s", `${users.key}.pub`, `${revoked}-cert.pub`];
  execFileSync(findProgram("ssh-keygen"), words);
  sshd = await startSshd({ config: `TrustedUserCAKeys ${users.key}.pub\nRevokedKeys ${krl}` });
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  await Promise.all(agents.map((agent) => agent.stop()));
  [grounds, agents] = [[], []];
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

function ground(lines: readonly string[], options: SshOptions = {}): Ground {
  const known = [`UserKnownHostsFile ${sshd.knownHostsFile}`, "GlobalKnownHostsFile /dev/null"];
  const config = writeSshConfig(temp.path, [...lines, `Port ${sshd.port}`, "User root", ...known]);
  const made = openGround({ sshConfigFiles: [config], transport: "auto", ...options });
  grounds.push(made);
  return made;
}

const byKeyAlone = (key: string) => [`IdentityFile ${key}`, "IdentitiesOnly yes"];

/** Each with what is said of it. Useless anywhere is the worker's own fault. */
const USELESS: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["expired", ["-n", "root", "-V", "20200101:20200102"], /expired at 2020-01-0/],
  ["early", ["-n", "root", "-V", "20990101:20990102"], /is not valid before 20(98|99)-/],
  ["host", ["-h", "-n", "root", "-V", "+1h"], /is a host's, and logs nobody in/],
];

test.each(USELESS)(
  "a certificate that lets nobody in anywhere (%s) is the worker's fault, and named, in a file and in an agent",
  async (name, options, message) => {
    const key = users.user(name, options);
    const inFile = await ground(byKeyAlone(key)).problem(HOST);
    expect(inFile).toMatchObject({ reason: "local", blame: "worker" });
    expect(inFile.message).toContain(`; the certificate ${key}-cert.pub `);
    expect(inFile.message).toMatch(message);
    const agent = await startAgent(temp.path, `agent-${name}`);
    agents.push(agent);
    agent.add(key);
    const held = await ground(["IdentityFile none"], { agentSocket: agent.socket }).problem(HOST);
    expect(held).toMatchObject({ reason: "local", blame: "worker" });
    expect(held.message).toContain("; the certificate of the agent (made for a test) ");
    expect(held.message).toMatch(message);
  },
);

test("a certificate that was altered, or is beside another key, is the worker's fault, and named", async () => {
  const altered = users.user("altered", ["-n", "root"]);
  const [type = "", base64 = ""] = readFileSync(`${altered}-cert.pub`, "utf8").split(" ");
  const bytes = Buffer.from(base64, "base64");
  bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
  rmSync(`${altered}-cert.pub`);
  writeFileSync(`${altered}-cert.pub`, `${type} ${bytes.toString("base64")}\n`);
  const found = await ground(byKeyAlone(altered)).problem(HOST);
  expect(found).toMatchObject({ reason: "local", blame: "worker" });
  expect(found.message).toContain(
    `the certificate ${altered}-cert.pub was altered since its authority signed it`,
  );
  const other = makeKey(join(temp.path, "other"), "-t", "ed25519");
  const certificate = readFileSync(`${users.user("whose", ["-n", "root"])}-cert.pub`);
  writeFileSync(`${other}-cert.pub`, certificate);
  const beside = await ground(byKeyAlone(other)).problem(HOST);
  expect(beside).toMatchObject({ reason: "local", blame: "worker" });
  expect(beside.message).toContain(`${other}-cert.pub is for another key than that of ${other}`);
});

test("what a host refuses is told by all that it could be refused for", async () => {
  const others = makeAuthority(temp.path, "other_ca");
  const far = ["-n", "root", "-V", "+1h", "-O", "source-address=10.9.8.0/24"];
  const rows: readonly (readonly [string, RegExp])[] = [
    [
      users.user("another", ["-n", "www,deploy", "-V", "+1h"]),
      /is for www, deploy \(key id "made by user_ca"/,
    ],
    [users.user("far", far), /is for root, from 10.9.8.0\/24 alone \(source-address\)/],
    [others.user("foreign", ["-n", "root", "-V", "+1h"]), /serial 0, authority SHA256:\S{43}\)/],
    [join(temp.path, "revoked"), /is for root \(key id "made by user_ca", serial 7, authority SHA256:/],
  ];
  for (const [key, message] of rows) {
    const found = await ground(byKeyAlone(key)).problem(HOST);
    expect(found).toMatchObject({ reason: "authentication", blame: "host", noRetry: true });
    expect(found.message).toContain("or its authority among TrustedUserCAKeys?");
    expect(found.message).toMatch(message);
  }
});
