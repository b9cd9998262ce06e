import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { makeKey, openGround, writePrivate, writeSshConfig, type Ground } from "./ground.ts";

failOnLeftovers();

// By which way, and with which key, the box's own ssh comes to a host.
const temp = makeTempDir("openssh-ways");
let sshd: Sshd;
let grounds: Ground[] = [];

beforeAll(async () => {
  sshd = await startSshd({ hosts: ["db1", "db2", "db3"] });
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  grounds = [];
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

function ground(options: SshOptions): Ground {
  const made = openGround({ sshConfigFiles: [sshd.sshConfigFile], transport: "openssh", ...options });
  grounds.push(made);
  return made;
}

test("jump hosts, with the worker's own keys and known hosts, and what is wrong there", async () => {
  const bare = ["Host db*", "  ProxyJump db2", "Host *", `  Port ${sshd.port}`, "  User root"];
  const hosts = ["db1", "db2"].flatMap((name) => [`Host ${name}`, `  HostName ${sshd.address(name)}`]);
  const config = writeSshConfig(temp.path, [...hosts, "Host db2", "  ProxyJump none", ...bare]);
  const options = { sshConfigFiles: [config], identities: [sshd.clientKey] };
  const made = ground({ ...options, knownHostsFiles: [sshd.knownHostsFile] });
  const ran = await made.run("db1", "echo through");
  expect(ran.stdout).toBe("through\n");
  const untrusted = await ground({ ...options, knownHostsFiles: ["/dev/null"] }).problem("db1");
  expect(untrusted).toMatchObject({ reason: "hostKey" });
  const port = await findFreePort("127.0.0.1");
  const beyond = await made.problem({ host: "db1", port });
  expect(beyond).toMatchObject({ reason: "refused" });
  expect(beyond.message).toContain("the jump host could not connect to db1");
});

test("accept-new writes down a new key once, and takes no other", async () => {
  const known = writePrivate(join(temp.path, "accepted"), "");
  const options: SshOptions = { strictHostKeyChecking: "accept-new", knownHostsFiles: [known] };
  expect((await ground(options).run("db3", "echo new")).stdout).toBe("new\n");
  expect(readFileSync(known, "utf8")).toContain(`[127.7.0.3]:${sshd.port} ssh-ed25519 `);
  const other = makeKey(join(temp.path, "another_host"), "-t", "ed25519");
  const [type = "", blob = ""] = readFileSync(`${other}.pub`, "utf8").split(" ");
  writeFileSync(known, `[127.7.0.3]:${sshd.port} ${type} ${blob}\n`);
  expect(await ground(options).problem("db3")).toMatchObject({ reason: "hostKey" });
});

test("an encrypted key, opened by the passphrase file", async () => {
  const key = makeKey(join(temp.path, "locked"), "-t", "ed25519", "-N", "open sesame");
  writeFileSync(join(sshd.dir, "authorized_keys"), readFileSync(`${key}.pub`), { flag: "a" });
  const lines = ["Host db1", `  IdentityFile ${key}`, "  IdentitiesOnly yes"];
  const config = writeSshConfig(temp.path, [
    ...lines,
    `  HostName ${sshd.address("db1")}`,
    "Host *",
    `  Port ${sshd.port}`,
    `  UserKnownHostsFile ${sshd.knownHostsFile}`,
  ]);
  const passphraseFile = writePrivate(join(temp.path, "passphrase"), "open sesame\n");
  const made = ground({ sshConfigFiles: [config], passphraseFile });
  expect((await made.run("db1", "echo open")).stdout).toBe("open\n");
  const closed = await ground({ sshConfigFiles: [config] }).problem("db1");
  expect(closed).toMatchObject({ reason: "local", blame: "worker" });
});
