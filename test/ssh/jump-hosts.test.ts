import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findDescendants } from "../support/processes-of.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { openGround, writeSshConfig, type Ground } from "./ground.ts";

failOnLeftovers();

const temp = makeTempDir("ssh-jump");
/** Three sites, each with its own keys: the outer jump host, the inner one, and the fleet. */
let outer: Sshd;
let inner: Sshd;
let fleet: Sshd;
let grounds: Ground[] = [];
const PROXY = join(import.meta.dirname, "proxy.js");

beforeAll(async () => {
  [outer, inner, fleet] = await Promise.all([
    startSshd({ hosts: ["outer"] }),
    startSshd({ hosts: ["inner"] }),
    startSshd({ hosts: 60 }),
  ]);
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  grounds = [];
});
afterAll(async () => {
  await Promise.all([outer.stop(), inner.stop(), fleet.stop()]);
  temp.remove();
});

function ground(lines: readonly string[], options: SshOptions = {}): Ground {
  const hostBlock = (pattern: string, sshd: Sshd, more: readonly string[] = []) => [
    `Host ${pattern}`,
    `  Port ${sshd.port}`,
    `  IdentityFile ${sshd.clientKey}`,
    `  UserKnownHostsFile ${sshd.knownHostsFile}`,
    "  IdentitiesOnly yes",
    "  StrictHostKeyChecking yes",
    ...more,
  ];
  const config = writeSshConfig(temp.path, [
    ...lines,
    ...hostBlock("outer", outer, [`  HostName ${outer.address("outer")}`]),
    ...hostBlock("inner", inner, [`  HostName ${inner.address("inner")}`]),
    ...hostBlock("127.7.*", fleet),
  ]);
  const made = openGround({ sshConfigFiles: [config], ...options });
  grounds.push(made);
  return made;
}

function logins(sshd: Sshd): number {
  return sshd.log().match(/Accepted publickey/g)?.length ?? 0;
}

const BOTH = ["Host 127.7.*", "  ProxyJump outer,inner"];
const FROM = "echo $SSH_CONNECTION";

test("two jump hosts, each with its own keys and known hosts", async () => {
  const made = ground(BOTH);
  const before = [outer, inner, fleet].map(logins);
  expect((await made.run("127.7.0.1", "echo in")).stdout).toBe("in\n");
  expect([outer, inner, fleet].map(logins)).toEqual(before.map((count) => count + 1));
  expect(made.stats()).toMatchObject({ connections: 3, leases: 0 });
});

test("a jump host's own ProxyJump counts where it is the only one", async () => {
  const made = ground(["Host inner", "  ProxyJump outer", "Host 127.7.*", "  ProxyJump inner"]);
  expect((await made.run("127.7.0.1", "echo in")).stdout).toBe("in\n");
  expect(made.stats().connections).toBe(3);
});

test("60 hosts through the same jump hosts share their connections", async () => {
  const made = ground(BOTH);
  const before = [outer, inner].map(logins);
  const ran = await Promise.all(fleet.hosts.map((host) => made.run(host, FROM)));
  expect(ran.map(({ stdout }) => stdout.split(" ")[2])).toEqual(fleet.hosts);
  expect([outer, inner].map(logins)).toEqual(before.map((count) => count + 1));
});

test("a jump host's connection stays as long as others go through it, and is closed after them", async () => {
  const made = ground(BOTH, { keepAliveMs: 300 });
  const lease = await made.lease("127.7.0.1");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(made.stats().connections).toBe(3);
  lease.release();
  await until("all to be closed", () => made.stats().connections === 0);
});

test("a jump host that dies takes its connections along, and they come back", async () => {
  const made = ground(BOTH);
  await made.run("127.7.0.1", "true");
  const lease = await made.lease("127.7.0.1");
  await inner.kill();
  await until("the loss to be noticed", () => made.stats().connections <= 1);
  expect(await made.problem("127.7.0.2")).toMatchObject({
    reason: "refused",
    blame: "host",
    message: expect.stringMatching(
      /^127\.7\.0\.2: through jump host inner: inner: through jump host outer: /,
    ) as string,
  });
  await inner.restart();
  const again = await lease.exec("true");
  expect(again.ok).toBe(true);
  lease.release();
});

test("what fails behind a jump host keeps its reason, and the jump host is named", async () => {
  const closed = await findFreePort("127.0.0.1");
  const made = ground(["Host *.9", `  Port ${closed}`, ...BOTH]);
  expect(await made.problem("127.7.0.9")).toMatchObject({
    reason: "refused",
    message: expect.stringContaining(
      `could not connect to 127.7.0.9 port ${closed}: Connection refused`,
    ) as string,
  });
  expect(await made.problem({ host: "127.7.0.1", address: "no-such-host.invalid" })).toMatchObject({
    reason: "name",
    noRetry: true,
  });
  expect(await made.problem({ host: "127.7.0.1", user: "nobody-of-that-name" })).toMatchObject({
    reason: "authentication",
  });
});

test("a jump host that does not forward", async () => {
  const strict = await startSshd({ hosts: ["outer"], config: "AllowTcpForwarding no" });
  const made = ground([
    "Host strict",
    `  HostName ${strict.address("outer")}`,
    `  Port ${strict.port}`,
    `  IdentityFile ${strict.clientKey}`,
    `  UserKnownHostsFile ${strict.knownHostsFile}`,
    "Host 127.7.*",
    "  ProxyJump strict",
  ]);
  const found = await made.problem("127.7.0.1");
  expect(found).toMatchObject({ reason: "route", noRetry: true });
  expect(found.message).toContain("(AllowTcpForwarding, PermitOpen)");
  await made.close();
  await strict.stop();
});

test("a jump host's unknown key is refused", async () => {
  const made = ground(["Host outer", "  UserKnownHostsFile /dev/null", ...BOTH]);
  const found = await made.problem("127.7.0.1");
  expect(found).toMatchObject({ reason: "hostKey", noRetry: true });
  expect(found.message).toContain("through jump host outer: the host key of outer");
});

test("a circle of jump hosts is noticed", async () => {
  const made = ground([
    "Host outer",
    "  ProxyJump inner",
    "Host inner",
    "  ProxyJump outer",
    "Host 127.7.*",
    "  ProxyJump inner",
  ]);
  const found = await made.problem("127.7.0.1");
  expect(found).toMatchObject({ reason: "config", noRetry: true });
  expect(found.message).toContain("ProxyJump goes in a circle");
});

test("aborting while a jump host is silent", async () => {
  const stop = new AbortController();
  const port = await findFreePort("127.0.0.1");
  const silent = createServer(() => {}).listen(port, "127.0.0.1");
  const made = ground([
    "Host silent",
    "  HostName 127.0.0.1",
    `  Port ${port}`,
    "Host 127.7.*",
    "  ProxyJump silent",
  ]);
  const asked = made.problem("127.7.0.1", stop.signal);
  setTimeout(() => stop.abort(), 100);
  expect((await asked).reason).toBe("aborted");
  const late = await made.problem({ host: "127.7.0.1", connectTimeoutMs: 500 });
  expect(late).toMatchObject({ reason: "timeout" });
  expect(late.message).toContain("through jump host silent: silent (127.0.0.1 port");
  silent.close();
});

test("ProxyCommand, with tokens", async () => {
  const log = join(temp.path, "proxy.log");
  const made = ground(["Host 127.7.*", `  ProxyCommand ${process.execPath} ${PROXY} %h %p %n %r 2>>${log}`]);
  expect((await made.run({ host: "127.7.0.1", user: "root" }, "echo in")).stdout).toBe("in\n");
  expect(readFileSync(log, "utf8")).toContain(`127.7.0.1 ${fleet.port} 127.7.0.1 root`);
  const big = await made.run("127.7.0.1", "head -c 3000000 /dev/zero | tr '\\0' x");
  expect(big.stdout).toHaveLength(3_000_000);
});

test("a ProxyCommand that fails is the reason, with what it said", async () => {
  const made = ground(["Host 127.7.*", "  ProxyCommand sh -c 'echo no way through >&2; exit 7'"]);
  const found = await made.problem("127.7.0.1");
  expect(found).toMatchObject({ reason: "route", blame: "host", noRetry: false });
  expect(found.message).toMatch(/^127\.7\.0\.1: ProxyCommand ".*" ended with exit code 7: no way through$/);
  const missing = ground(["Host 127.7.*", "  ProxyCommand /nowhere/proxy %h"]);
  const absent = await missing.problem("127.7.0.1");
  expect(absent).toMatchObject({ reason: "local", blame: "worker" });
  expect(absent.message).toContain("ended with exit code 127: ");
});

test("a ProxyCommand's process ends with its connection", async () => {
  const made = ground(["Host 127.7.*", `  ProxyCommand ${process.execPath} ${PROXY} %h %p ${temp.path}`]);
  await made.run("127.7.0.1", "true");
  const running = () => findDescendants(process.pid).filter((one) => one.commandLine.includes(temp.path));
  expect(running()).toHaveLength(1);
  await made.close();
  await until("it to end", () => running().length === 0);
});
