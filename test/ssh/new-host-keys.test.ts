import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { publicKey, writeSshConfig } from "./ground.ts";
import {
  configFile,
  ground,
  groundWith,
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

describe("files that --known-hosts names and that tell nothing are the worker's fault", () => {
  const named = (path: string, strict: "yes" | "accept-new") =>
    groundWith({
      sshConfigFiles: [configFile([])],
      knownHostsFiles: [path],
      strictHostKeyChecking: strict,
    });

  test("one that is gone, until it is back", async () => {
    const made = named(known, "yes");
    const problem = await made.problem(HOST);
    expect(problem).toMatchObject({ reason: "local", blame: "worker" });
    expect(problem.message).toContain(`this worker cannot read ${known} (ENOENT)`);
    writeFileSync(known, `${name()} ${ours}\n`);
    expect((await made.run(HOST, "echo in")).stdout).toBe("in\n");
  });

  test("one that cannot be read: no new key is accepted that it may contradict", async () => {
    const problem = await named(temp.path, "accept-new").problem(HOST);
    expect(problem).toMatchObject({ reason: "local", blame: "worker" });
    expect(problem.message).toContain(`this worker cannot read ${temp.path} (EISDIR)`);
  });

  test("one that is not there yet is made with accept-new", async () => {
    await named(known, "accept-new").run(HOST, "true");
    expect(readFileSync(known, "utf8")).toBe(`${name()} ${ours}\n`);
  });
});

describe("accept-new", () => {
  test("writes each new key once, however many connections ask at once", async () => {
    writeFileSync(known, `unrelated ${publicKey(other)}`); // Without a newline.
    const made = ground("StrictHostKeyChecking accept-new");
    const hosts = [...sshd.hosts, ...sshd.hosts, ...sshd.hosts];
    // Another user, another way to connect: these share no connection.
    await Promise.all(hosts.map((host, index) => made.run({ host, port: sshd.port }, `echo ${index}`)));
    const lines = readFileSync(known, "utf8").trimEnd().split("\n");
    expect(lines.toSorted()).toEqual(
      [`unrelated ${publicKey(other)}`, ...sshd.hosts.map((host) => `${name(host)} ${ours}`)].toSorted(),
    );
  });

  test("by two workers at once, ssh reads the file all the same", async () => {
    const [one, two] = [
      ground("StrictHostKeyChecking accept-new"),
      ground("StrictHostKeyChecking accept-new"),
    ];
    await Promise.all(sshd.hosts.flatMap((host) => [one.run(host, "true"), two.run(host, "true")]));
    const lines = readFileSync(known, "utf8").trimEnd().split("\n");
    expect(new Set(lines)).toEqual(new Set(sshd.hosts.map((host) => `${name(host)} ${ours}`)));
    expect(lines.length).toBeLessThanOrEqual(2 * sshd.hosts.length);
  });

  test("makes the file, for its owner alone, and hashes names where HashKnownHosts says so", async () => {
    const made = ground("StrictHostKeyChecking accept-new", "HashKnownHosts yes");
    await made.run(HOST, "true");
    expect(readFileSync(known, "utf8")).toMatch(/^\|1\|\S{27}=\|\S{27}= ssh-ed25519 \S+\n$/);
    expect(statSync(known).mode & 0o777).toBe(0o600);
    const found = execFileSync(findProgram("ssh-keygen"), ["-F", name(), "-f", known], { encoding: "utf8" });
    expect(found).toContain(ours.split(" ")[1]);
    const again = ground("StrictHostKeyChecking yes");
    expect((await again.run(HOST, "echo in")).stdout).toBe("in\n");
  });

  test("refuses a changed key, of another type as well", async () => {
    writeFileSync(known, `${name()} ${publicKey(otherRsa)}\n`);
    expect((await ground("StrictHostKeyChecking accept-new").problem(HOST)).message).toContain("has changed");
    expect(readFileSync(known, "utf8")).toBe(`${name()} ${publicKey(otherRsa)}\n`);
  });

  test("where the file cannot be written, the key holds for this process, with a warning", async () => {
    const config = writeSshConfig(temp.path, [
      "StrictHostKeyChecking accept-new",
      "UserKnownHostsFile /dev/null/known_hosts",
      `IdentityFile ${sshd.clientKey}`,
      `Port ${sshd.port}`,
    ]);
    const made = groundWith({ sshConfigFiles: [config], keepAliveMs: 1 });
    await made.run(HOST, "true");
    expect(made.warnings.join("\n")).toContain(`the new host key of ${HOST}`);
    // Remembered: another key would now be a changed one. The same one is no news.
    await made.run({ host: HOST, user: "root" }, "true");
    expect(made.warnings).toHaveLength(1);
  });
});

test("no: connects to anybody, and says so at the start", async () => {
  writeFileSync(known, `${name()} ${publicKey(other)}\n`);
  const made = groundWith({ sshConfigFiles: [configFile([])], strictHostKeyChecking: "no" });
  expect(made.warnings.join()).toContain("host keys are not checked");
  expect((await made.run(HOST, "echo in")).stdout).toBe("in\n");
});
