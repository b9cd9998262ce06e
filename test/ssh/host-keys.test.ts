import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeKey, publicKey, writeSshConfig } from "./ground.ts";
import {
  configFile,
  ground,
  groundWith,
  hashed,
  HOST,
  known,
  name,
  other,
  otherRsa,
  ours,
  sshd,
  temp,
  useHostKeys,
} from "./host-key-ground.ts";

failOnLeftovers();
useHostKeys();

describe("agrees with ssh about", () => {
  const cases: Record<string, () => string> = {
    "no file": () => "",
    "the key under its address and port": () => `${name()} ${ours}\n`,
    "a comment, an empty line, trailing words": () =>
      `# ${name()} x\n\n${name()} ${ours} some comment here\n`,
    "leading white space": () => ` \t${name()} ${ours}\n`,
    "no newline at the end": () => `${name()} ${ours}`,
    "one of several names": () => `[1.2.3.4]:22,${name()},x ${ours}\n`,
    "another port": () => `[${HOST}]:1 ${ours}\n`,
    "the address without port": () => `${HOST} ${ours}\n`,
    "the address without port, another key": () => `${HOST} ${publicKey(other)}\n`,
    "both, and only that without port fits": () => `${name()} ${publicKey(other)}\n${HOST} ${ours}\n`,
    "another type under both, and that without port fits": () =>
      `${name()} ${publicKey(otherRsa)}\n${HOST} ${ours}\n`,
    "a hashed name": () => hashed(`${name()} ${ours}\n`),
    "a hashed name, another key": () => hashed(`${name()} ${publicKey(other)}\n`),
    "another key of the same type": () => `${name()} ${publicKey(other)}\n`,
    "another type only": () => `${name()} ${publicKey(otherRsa)}\n`,
    "two keys of one type, the second fits": () => `${name()} ${publicKey(other)}\n${name()} ${ours}\n`,
    "two types": () => `${name()} ${publicKey(otherRsa)}\n${name()} ${ours}\n`,
    "a pattern": () => `[127.7.*]:* ${ours}\n`,
    "a pattern and its negation": () => `[127.7.*]:*,!${name()} ${ours}\n`,
    "a pattern with ?": () => `[127.?.0.1]:${sshd.port} ${ours}\n`,
    revoked: () => `@revoked ${name()} ${ours}\n`,
    "revoked and known": () => `${name()} ${ours}\n@revoked * ${ours}\n`,
    "another one revoked": () => `@revoked * ${publicKey(other)}\n${name()} ${ours}\n`,
    "a certificate authority": () => `@cert-authority ${name()} ${ours}\n`,
    "an unknown marker": () => `@nonsense ${name()} ${ours}\n`,
    "a broken key": () => `${name()} ${ours.slice(0, 40)}\n`,
    "the wrong type word": () => `${name()} ssh-rsa ${ours.split(" ")[1]}\n`,
    "an upper-case name": () => `${name().toUpperCase()} ${ours}\n`,
  };
  test.each(Object.keys(cases))("%s", async (what) => {
    writeFileSync(known, cases[what]?.() ?? "");
    const config = configFile([]);
    const theirs = spawnSync(
      findProgram("ssh"),
      ["-F", config, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", HOST, "true"],
      { encoding: "utf8" },
    );
    const made = ground("StrictHostKeyChecking yes");
    const got = await made.connect({ host: HOST, connectTimeoutMs: 60_000 });
    if (got.ok) got.value.release();
    else expect(got.error).toMatchObject({ reason: "hostKey", blame: "host", noRetry: true });
    expect(got.ok, theirs.stderr).toBe(theirs.status === 0);
  });
});

test("a changed key: both fingerprints, and the line that holds the old one", async () => {
  writeFileSync(known, `# first\n${name()} ${publicKey(other)}\n`);
  const { message } = await ground().problem(HOST);
  const print = (key: string) =>
    execFileSync(findProgram("ssh-keygen"), ["-lf", `${key}.pub`], { encoding: "utf8" }).split(" ")[1];
  expect(message).toContain(`has changed: it shows ssh-ed25519 ${print(join(sshd.dir, "host_key"))}`);
  expect(message).toContain(`known is ssh-ed25519 ${print(other)} (${known}:2)`);
  expect(message).toContain(`ssh-keygen -R '${name()}'`);
});

test("a revoked key is refused even where nothing is checked", async () => {
  writeFileSync(known, `@revoked * ${ours}\n`);
  const { message } = await ground("StrictHostKeyChecking no").problem(HOST);
  expect(message).toContain(`shows a revoked host key, ssh-ed25519 SHA256:`);
  expect(message).toContain(`(${known}:1)`);
});

test("a certificate authority is named, since its certificates are not supported", async () => {
  writeFileSync(known, `@cert-authority 127.*,[127.*]:* ${publicKey(other)}\n`);
  expect((await ground().problem(HOST)).message).toContain(
    `the @cert-authority line ${known}:1 would vouch for it, but ssh2 knows no host certificates`,
  );
});

test("HostKeyAlias is the name that is looked up", async () => {
  writeFileSync(known, `cluster ${ours}\n`);
  const made = ground("HostKeyAlias Cluster");
  expect((await made.run(HOST, "echo in")).stdout).toBe("in\n");
});

test("with an address of the inventory, the key may stand under the name as well", async () => {
  writeFileSync(known, `[db1]:${sshd.port} ${ours}\n`);
  const made = ground();
  expect((await made.run({ host: "db1", address: HOST }, "echo in")).stdout).toBe("in\n");
  writeFileSync(known, `[db1]:${sshd.port} ${publicKey(other)}\n`);
  const strange = ground("StrictHostKeyChecking accept-new");
  expect((await strange.problem({ host: "db1", address: HOST })).message).toContain("has changed");
});

test("a file that changes is read again", async () => {
  const made = ground();
  expect((await made.problem(HOST)).message).toContain("is not known");
  writeFileSync(known, `${name()} ${ours}\n`);
  expect((await made.run(HOST, "echo in")).stdout).toBe("in\n");
});

describe("a server with keys of several types", () => {
  const types = ["rsa", "ecdsa", "ed25519"] as const;
  let many: Sshd;
  beforeAll(async () => {
    const keys = types.map((type) => makeKey(join(temp.path, `host_${type}`), "-t", type));
    many = await startSshd({ config: keys.map((key) => `HostKey ${key}`).join("\n") });
  });
  afterAll(() => many.stop());

  for (const type of types) {
    test(`shows the one that is known: ${type}`, async () => {
      writeFileSync(known, `[${HOST}]:${many.port} ${publicKey(join(temp.path, `host_${type}`))}\n`);
      const config = writeSshConfig(temp.path, [
        `UserKnownHostsFile ${known}`,
        `IdentityFile ${many.clientKey}`,
        `Port ${many.port}`,
      ]);
      const made = groundWith({ sshConfigFiles: [config] });
      expect((await made.run(HOST, "echo in")).stdout).toBe("in\n");
    });
  }

  const knownKey = (type: string) => publicKey(join(temp.path, `host_${type}`));
  test.each<[string, (where: string) => string[]]>([
    [
      "a revoked key of a type",
      (where) => [`${where} ${knownKey("rsa")}`, `@revoked ${where} ${publicKey(other)}`],
    ],
    [
      "an authority of a type",
      (where) => [`${where} ${knownKey("rsa")}`, `@cert-authority ${where} ${publicKey(other)}`],
    ],
    [
      "a revoked key for all hosts",
      (where) => [`@revoked * ${publicKey(other)}`, `${where} ${knownKey("ecdsa")}`],
    ],
    ["no line of its port", () => [`@revoked * ${publicKey(other)}`, `${HOST} ${knownKey("ed25519")}`]],
  ])("is asked for a key that can be checked, beside %s", async (_, lines) => {
    writeFileSync(known, `${lines(`[${HOST}]:${many.port}`).join("\n")}\n`);
    const config = writeSshConfig(temp.path, [
      `UserKnownHostsFile ${known}`,
      "GlobalKnownHostsFile /dev/null",
      `IdentityFile ${many.clientKey}`,
      `Port ${many.port}`,
    ]);
    const theirs = spawnSync(findProgram("ssh"), ["-F", config, "-o", "BatchMode=yes", HOST, "true"], {
      encoding: "utf8",
    });
    expect(theirs.status, theirs.stderr).toBe(0);
    const made = groundWith({ sshConfigFiles: [config] });
    expect((await made.run(HOST, "echo in")).stdout).toBe("in\n");
  });
});

test("many hosts in one hashed file are found", async () => {
  const lines = sshd.hosts.map((host) => `${name(host)} ${ours}\n`).join("");
  writeFileSync(known, hashed(lines));
  appendFileSync(known, "# end\n");
  const made = ground();
  await Promise.all(sshd.hosts.map((host) => made.run(host, "true")));
  expect(made.stats().connections).toBe(sshd.hosts.length);
});
