import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startAgent, type Agent } from "./agent.ts";
import { makeAuthority, type Authority } from "./authority.ts";
import { makeKey, openGround, publicKey, writePrivate, writeSshConfig, type Ground } from "./ground.ts";

failOnLeftovers();

const temp = makeTempDir("certificates");
const HOST = "127.7.0.1";
let users: Authority;
let others: Authority;
let hosts: Authority;
/** Takes users' certificates, and has a plain host key; the other one has a certificate for that, too. */
let sshd: Sshd;
let certified: Sshd;
let agent: Agent;
const started: Sshd[] = [];
let grounds: Ground[] = [];

/** An sshd whose host key has a certificate; no user's key is in its authorized_keys but the plain client's. */
async function startWithCertificate(
  name: string,
  authority: Authority,
  options: readonly string[],
): Promise<Sshd> {
  const key = makeKey(join(temp.path, name), "-t", "ecdsa");
  authority.sign(key, ["-h", ...options]);
  const config = `HostKey ${key}\nHostCertificate ${key}-cert.pub`;
  return startSshd({ hosts: 3, config });
}

beforeAll(async () => {
  users = makeAuthority(temp.path, "user_ca");
  others = makeAuthority(temp.path, "other_ca");
  hosts = makeAuthority(temp.path, "host_ca");
  [sshd, certified] = await Promise.all([
    startSshd({ hosts: 3, config: `TrustedUserCAKeys ${users.key}.pub` }),
    startWithCertificate("good_host", hosts, ["-n", `${HOST},db1`, "-V", "+1d"]),
  ]);
  agent = await startAgent(temp.path);
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  grounds = [];
  await Promise.all(started.splice(0).map((one) => one.stop()));
});
afterAll(async () => {
  await agent.stop();
  await Promise.all([sshd.stop(), certified.stop()]);
  temp.remove();
});

function ground(lines: readonly string[], options: SshOptions = {}, of = sshd): Ground {
  const config = writeSshConfig(temp.path, [
    ...lines,
    "Host *",
    `  Port ${of.port}`,
    "  User root",
    `  UserKnownHostsFile ${of.knownHostsFile}`,
    "  GlobalKnownHostsFile /dev/null",
  ]);
  const made = openGround({ sshConfigFiles: [config], transport: "auto", ...options });
  grounds.push(made);
  return made;
}

const byKeyAlone = (key: string) => [`IdentityFile ${key}`, "IdentitiesOnly yes"];

describe("a user's certificate", () => {
  test("logs in by the box's own ssh, while a plain key goes by ssh2; each reason is told once", async () => {
    const key = users.user("good", ["-n", "root", "-V", "+1h"]);
    const made = ground(byKeyAlone(key));
    const told = made.told;
    expect((await made.run(HOST, "echo signed")).stdout).toBe("signed\n");
    expect((await made.run("127.7.0.3", "echo signed")).stdout).toBe("signed\n");
    expect(made.stats()).toEqual({ connections: 2, leases: 0, carriers: { openssh: 2 } });
    await made.close();
    expect(told).toEqual([
      `127.7.0.[1,3]: reached by the box's own ssh, for the certificate ${key}-cert.pub`,
    ]);
    const plain = ground(byKeyAlone(sshd.clientKey));
    expect((await plain.run(HOST, "echo plain")).stdout).toBe("plain\n");
    expect(plain.stats().carriers).toEqual({ builtin: 1 });
    // As it was before there was another way, and still is where that is asked for.
    expect((await ground(byKeyAlone(key), { transport: "builtin" }).problem(HOST)).message).toContain(
      `not usable: ${key}-cert.pub: certificates are not supported`,
    );
  });

  test("named by CertificateFile, and from an agent", async () => {
    const key = users.user("elsewhere", ["-n", "root", "-V", "+1h"]);
    const moved = join(temp.path, "moved.pub");
    copyFileSync(`${key}-cert.pub`, moved);
    agent.add(key);
    rmSync(`${key}-cert.pub`);
    const named = ground([...byKeyAlone(key), `CertificateFile ${moved}`]);
    expect((await named.run(HOST, "echo named")).stdout).toBe("named\n");
    expect(named.warnings).toEqual([]);
    const held = ground(["IdentityFile none"], { agentSocket: agent.socket });
    expect((await held.run(HOST, "echo held")).stdout).toBe("held\n");
    expect(held.stats().carriers).toEqual({ openssh: 1 });
  });

  test("opens a jump host, behind which a plain key goes by ssh2", async () => {
    const key = users.user("jumper", ["-n", "root", "-V", "+1h"]);
    const made = ground([
      "Host 127.7.0.1",
      ...byKeyAlone(key),
      "Host 127.7.0.2",
      "ProxyJump 127.7.0.1",
      ...byKeyAlone(sshd.clientKey),
    ]);
    expect((await made.run("127.7.0.2", "echo behind")).stdout).toBe("behind\n");
    expect(made.stats().carriers).toEqual({ builtin: 1, openssh: 1 });
    const port = await findFreePort("127.0.0.1");
    const beyond = await made.problem({ host: "127.7.0.2", port });
    expect(beyond).toMatchObject({ reason: "refused" });
    expect(beyond.message).toMatch(
      /through jump host 127.7.0.1: 127.7.0.1 .* could not connect to 127.7.0.2 port/,
    );
  });

  test("with a command of its own runs that", async () => {
    const key = users.user("forced", ["-n", "root", "-V", "+1h", "-O", "force-command=echo forced"]);
    expect((await ground(byKeyAlone(key)).run(HOST, "echo wanted")).stdout).toBe("forced\n");
  });
});

test("the ten lines of docs/security.md make an authority for a fleet", async () => {
  const page = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
  const [, block = ""] = /### An authority for a fleet[^`]*```sh\n([^`]*)```/.exec(page) ?? [];
  const dir = join(temp.path, "fleet");
  mkdirSync(dir);
  makeKey(join(dir, "ssh_host_ed25519_key"), "-t", "ed25519");
  execFileSync("/bin/sh", ["-euc", block], { cwd: dir, env: { ...process.env, HOST, LOGIN: "root" } });
  const config = `HostKey ${dir}/ssh_host_ed25519_key\n${readFileSync(join(dir, "sshd_config"), "utf8")}`;
  started.push(await startSshd({ config }));
  const options = { identities: [join(dir, "worker")], knownHostsFiles: [join(dir, "known_hosts")] };
  const made = ground([], options, started[0]);
  expect((await made.run(HOST, "echo in the fleet")).stdout).toBe("in the fleet\n");
});

describe("--cert-command", () => {
  const keygen = findProgram("ssh-keygen");
  const signing = (key: string, ...options: readonly string[]) =>
    `${keygen} -q -s ${users.key} -I signed -n root ${options.join(" ")} ${key}.pub`;
  const make = (name: string) => makeKey(join(temp.path, name), "-t", "ed25519");

  test("has the key signed when there is no certificate, or little is left of it, once for all that ask", async () => {
    const key = make("renewed");
    const runs = join(temp.path, "runs");
    const certCommand = `echo run >>${runs}; ${signing(key, "-V", "+1h")}`;
    const all = (made: Ground) => Promise.all([1, 2, 3].map((nth) => made.run(`127.7.0.${nth}`, "echo in")));
    const made = ground(byKeyAlone(key), { certCommand });
    expect((await all(made)).map(({ stdout }) => stdout)).toEqual(["in\n", "in\n", "in\n"]);
    expect(readFileSync(runs, "utf8")).toBe("run\n");
    expect(made.told[0]).toMatch(/^--cert-command has renewed the certificate, for 3[56]\d\d(\.\d)? s$/);
    // What is valid for long is left as it is.
    expect(await all(ground(byKeyAlone(key), { certCommand }))).toHaveLength(3);
    expect(readFileSync(runs, "utf8")).toBe("run\n");
    users.sign(key, ["-n", "root", "-V", "-1h:+60s"]);
    expect(await all(ground(byKeyAlone(key), { certCommand }))).toHaveLength(3);
    expect(readFileSync(runs, "utf8")).toBe("run\nrun\n");
  });

  test.each([
    [
      "fails",
      "echo 'no token' >&2; exit 3",
      /--cert-command ended with 3, and there is no certificate at \S+-cert.pub/,
    ],
    ["hangs", "sleep 600", /--cert-command runs on, and there is no certificate at/],
    [
      "prints",
      "echo ssh-ed25519-cert-v01@openssh.com AAAA",
      /certificate at .*; it printed one: have it write/,
    ],
    [
      "garbled",
      `echo nonsense >${temp.path}/garbled-cert.pub`,
      /ended well, and \S+garbled-cert.pub holds no certificate of a user that can be read$/,
    ],
    ["isAway", "no-such-command", /--cert-command ended with 127, and there/],
  ])("that %s is the worker's fault", async (name, certCommand, message) => {
    const made = ground(byKeyAlone(make(name)), { certCommand });
    const found = await made.problem({ host: HOST, connectTimeoutMs: 1500 });
    expect(found).toMatchObject({ reason: "local", blame: "worker", noRetry: false });
    expect(found.message).toMatch(message);
    // It may print tokens: what it says is for the worker's log alone.
    expect(made.warnings.join()).toMatch(name === "fails" ? /ended with 3: no token$/ : /^/);
  });

  test("where no certificate is shown is told to be in vain", () => {
    const warned = (transport: "builtin" | "local" | "auto" | "openssh") =>
      ground([], { certCommand: "true", transport }).warnings.join();
    expect(warned("builtin")).toMatch(/^--cert-command is run for hosts alone .* by builtin no certificate/);
    expect([warned("local") === "", warned("auto"), warned("openssh")]).toEqual([false, "", ""]);
  });

  test("that brings an expired certificate is told as that; a minute that is left is used, with a warning", async () => {
    const key = make("late");
    const expired = ground(byKeyAlone(key), { certCommand: signing(key, "-V", "20200101:20200102") });
    expect(await expired.problem(HOST)).toMatchObject({
      reason: "local",
      message: expect.stringMatching(/ended well, and the certificate \S+ expired at 2020-01-0/) as string,
    });
    users.sign(key, ["-n", "root", "-V", "-1h:+100s"]);
    const failing = ground(byKeyAlone(key), { certCommand: "exit 4" });
    expect((await failing.run(HOST, "echo in")).stdout).toBe("in\n");
    expect(failing.warnings).toEqual(["--cert-command ended with 4"]);
  });
});

describe("a host's certificate", () => {
  const trusting = (lines: readonly string[], of = certified) =>
    ground(
      byKeyAlone(of.clientKey),
      { knownHostsFiles: [writePrivate(join(temp.path, "known"), `${lines.join("\n")}\n`)] },
      of,
    );
  const authority = (one: Authority, marker = "cert-authority") =>
    `@${marker} 127.7.*,[127.7.*]:*,db* ${publicKey(one.key)}`;

  test("of a trusted authority is enough, by address and by the name that it is made out to", async () => {
    const made = trusting([authority(hosts)]);
    expect((await made.run(HOST, "echo trusted")).stdout).toBe("trusted\n");
    expect(made.stats().carriers).toEqual({ openssh: 1 });
    // The inventory's address is not in the certificate, but the host's own name is.
    expect((await made.run({ host: "db1", address: "127.7.0.2" }, "echo named")).stdout).toBe("named\n");
  });

  test("of another authority, of a revoked one, for another host, or without time left, is not", async () => {
    const other = await trusting([authority(others)]).problem(HOST);
    expect(other).toMatchObject({ reason: "hostKey", blame: "host", noRetry: true });
    const revoked = await trusting([authority(hosts), authority(hosts, "revoked")]).problem(HOST);
    expect(revoked).toMatchObject({ reason: "hostKey" });
    const elsewhere = await trusting([authority(hosts)]).problem("127.7.0.3");
    expect(elsewhere.message).toMatch(
      /shows a host certificate that ssh does not take: .*name is not a listed principal/i,
    );
    started.push(await startWithCertificate("old_host", hosts, ["-n", HOST, "-V", "20200101:20200102"]));
    const expired = await trusting([authority(hosts)], started[0]).problem(HOST);
    expect(expired).toMatchObject({ reason: "hostKey", blame: "host" });
    expect(expired.message).toMatch(/does not take: .*expired.*\(valid from 2020-01-01T/);
    expect(readFileSync(join(temp.path, "known"), "utf8")).not.toContain("ecdsa");
  });
});
