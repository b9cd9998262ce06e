import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { isAlive } from "../remote/processes.ts";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findDescendants } from "../support/processes-of.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import {
  makeKey,
  openGround,
  opened,
  outputOf,
  writePrivate,
  writeSshConfig,
  type Ground,
} from "./ground.ts";

failOnLeftovers();

const temp = makeTempDir("openssh");
let sshd: Sshd;
let grounds: Ground[] = [];
const servers: Server[] = [];
const ownTmp = process.env["TMPDIR"];

beforeAll(async () => {
  sshd = await startSshd({ hosts: ["db1", "db2", "db3"], config: "MaxSessions 2" });
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  grounds = [];
  for (const server of servers.splice(0)) server.close();
  if (ownTmp === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = ownTmp;
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

function ground(lines: readonly string[] = [], options: SshOptions = {}): Ground {
  const made = openGround({
    sshConfigFiles: [writeSshConfig(temp.path, lines, "ssh_config.first"), sshd.sshConfigFile],
    transport: "openssh",
    ...options,
  });
  grounds.push(made);
  return made;
}

/** A folder of the test's own for control sockets. */
function ownFolder(name: string): string {
  const path = join(temp.path, name);
  mkdirSync(path, { recursive: true });
  process.env["TMPDIR"] = path;
  return path;
}

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    onConnection(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("a command's end, its streams and its stdin, with nothing of ssh's own in them", async () => {
  const made = ground();
  const lease = await made.lease("db1");
  expect([lease.server, lease.user]).toEqual([expect.stringMatching(/^OpenSSH_\d/), "root"]);
  const end = async (command: string) => (await outputOf(await opened(lease, command))).end;
  expect(await end("exit 3")).toEqual({ kind: "exit", code: 3 });
  expect(await end("exit 255")).toEqual({ kind: "exit", code: 255 });
  // ssh tells no signal's name; the marks do.
  expect(await end("kill -TERM $$")).toEqual({ kind: "closed" });
  const channel = await opened(lease, "cat; echo err >&2");
  expect(await channel.write(Buffer.from([0, 1, 254, 255]))).toBe(true);
  const chunks: Buffer[] = [];
  const words: string[] = [];
  channel.onData(
    (stream, chunk) => void (stream === "stdout" ? chunks.push(chunk) : words.push(String(chunk))),
  );
  channel.end();
  expect(await channel.ended).toEqual({ kind: "exit", code: 0 });
  expect([Buffer.concat(chunks), words.join("")]).toEqual([Buffer.from([0, 1, 254, 255]), "err\n"]);
  lease.release();
});

test("a reader that takes its time holds back the command; a channel that is closed ends it, at once", async () => {
  const lease = await ground().lease("db1");
  const slow = await opened(lease, "head -c 30000000 /dev/zero; echo done >$RR_TEST_DIR/written; cat");
  let taken = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  slow.onData(async (_, chunk) => {
    await held;
    taken += chunk.length;
  });
  const other = await outputOf(await opened(lease, "echo other"));
  expect(other.stdout).toBe("other\n");
  expect(existsSync(join(sshd.workDir, "written"))).toBe(false);
  release();
  await until("all of it", () => taken === 30_000_000);
  slow.close();
  expect(await slow.ended).toEqual({ kind: "closed" });
  lease.release();
  await until("the session to end", () => sshd.running().length === 0);
});

test("more channels than the server's MaxSessions go over more connections", async () => {
  const made = ground();
  const leases = await Promise.all(Array.from({ length: 5 }, () => made.lease("db1")));
  const channels = await Promise.all(leases.map((lease) => opened(lease, "read x; echo $x")));
  for (const channel of channels) await channel.write("here\n");
  const ends = await Promise.all(channels.map((channel) => outputOf(channel)));
  expect(ends.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 5 }, () => "here\n"));
  expect(made.stats().connections).toBeGreaterThan(2);
  for (const lease of leases) lease.release();
});

describe("what goes wrong is told as ssh2's is", () => {
  test("hostKey: not known, changed, revoked", async () => {
    const key = (name: string) => readFileSync(`${name}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
    const other = makeKey(join(temp.path, "other_host"), "-t", "ed25519");
    const host = `[127.7.0.1]:${sshd.port}`;
    const known = (text: string) =>
      ground([], { knownHostsFiles: [writePrivate(join(temp.path, "known"), text)] });
    const unknown = await known("").problem("db1");
    expect(unknown).toMatchObject({ reason: "hostKey", blame: "host", noRetry: true });
    expect(unknown.message).toMatch(/is not known: ssh-ed25519 SHA256:\S{43} for \[127.*accept-new/);
    const unread = await ground([], { knownHostsFiles: ["/nowhere/known"] }).problem("db1");
    expect(unread).toMatchObject({ reason: "local", blame: "worker" });
    expect(unread.message).toContain("this worker cannot read /nowhere/known (ENOENT)");
    const changed = await known(`${host} ${key(other)}\n`).problem("db1");
    expect(changed).toMatchObject({ reason: "hostKey", noRetry: true });
    expect(changed.message).toMatch(
      /has changed: it shows ssh-ed25519 SHA256:\S{43}, another is known \(\S+known:1\)/,
    );
    const revoked = await known(`@revoked * ${key(join(sshd.dir, "host_key"))}\n`).problem("db1");
    expect(revoked.message).toMatch(/shows a revoked host key, ssh-ed25519 SHA256:/);
  });

  test("authentication: no key opens the door; local: there is none", async () => {
    const stranger = makeKey(join(temp.path, "stranger"), "-t", "ed25519");
    const config = (identity: string) =>
      writeSshConfig(temp.path, [
        `IdentityFile ${identity}`,
        "IdentityFile /nowhere/key",
        "IdentitiesOnly yes",
        `UserKnownHostsFile ${sshd.knownHostsFile}`,
        `Port ${sshd.port}`,
      ]);
    const refused = await ground([], { sshConfigFiles: [config(stranger)] }).problem("127.7.0.1");
    expect(refused).toMatchObject({ reason: "authentication", blame: "host", noRetry: true });
    expect(refused.message).toContain(`refused the login as root: tried ${stranger} ED25519 SHA256:`);
    expect(refused.message).toMatch(/not usable: \/nowhere\/key: no such file; it takes publickey/);
    const keyless = await ground([], { sshConfigFiles: [config("none")] }).problem("127.7.0.1");
    expect(keyless).toMatchObject({ reason: "local", blame: "worker", noRetry: false });
    expect(keyless.message).toContain("this worker has no key to log in at 127.7.0.1");
  });

  test("name, route, refused, protocol and config", async () => {
    expect(await ground().problem("no-such-host.invalid")).toMatchObject({
      reason: "name",
      noRetry: true,
      message: expect.stringContaining("the name no-such-host.invalid does not exist") as string,
    });
    expect(await ground().problem({ host: "db1", address: "255.255.255.255" })).toMatchObject({
      reason: "route",
      blame: "worker",
    });
    const port = await findFreePort("127.0.0.1");
    const refused = await ground().problem({ host: "db1", address: "127.0.0.1", port });
    expect(refused).toMatchObject({ reason: "refused", blame: "host", noRetry: false });
    expect(refused.message).toBe(`db1: connection to 127.0.0.1 port ${port} refused: no sshd listens there`);
    const http = await serve((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const found = await ground().problem({ host: "db1", address: "127.0.0.1", port: http });
    expect(found).toMatchObject({ reason: "protocol", blame: "host" });
    expect(found.message).toContain(`does not speak SSH; it said "HTTP/1.1 400 Bad Request"`);
    expect(await ground(["Ciphers 3des-cbc"]).problem("db1")).toMatchObject({
      reason: "protocol",
      noRetry: true,
      message: expect.stringContaining("no matching cipher found") as string,
    });
  });

  test("timeout: a server that says nothing; aborted: at once; turned away: again until the time is up", async () => {
    const silent = await serve(() => {});
    const found = await ground().problem({
      host: "db1",
      address: "127.0.0.1",
      port: silent,
      connectTimeoutMs: 700,
    });
    expect(found).toMatchObject({ reason: "timeout", blame: "host" });
    expect(found.message).toBe(
      `db1 (127.0.0.1 port ${silent}) was not ready within 0.7 s: connected, but no answer during the greeting`,
    );
    const stop = new AbortController();
    const asked = ground().problem({ host: "db1", address: "127.0.0.1", port: silent }, stop.signal);
    setTimeout(() => stop.abort(), 50);
    expect(await asked).toMatchObject({ reason: "aborted" });
    let connections = 0;
    const closing = await serve((socket) => {
      connections += 1;
      socket.end();
    });
    const away = await ground().problem({
      host: "db1",
      address: "127.0.0.1",
      port: closing,
      connectTimeoutMs: 2000,
    });
    expect(away).toMatchObject({ reason: "protocol", noRetry: false });
    expect(connections).toBeGreaterThan(1);
    expect(away.message).toContain(
      `${connections} times in 2 s: too many logins at once there (MaxStartups)`,
    );
  });

  test("local: a folder for control sockets whose path is too long, or that cannot be", async () => {
    ownFolder("d".repeat(80));
    const long = await ground().problem("db1");
    expect(long).toMatchObject({ reason: "local", blame: "worker" });
    expect(long.message).toMatch(
      /control sockets would be \d+ bytes too long below .*: set TMPDIR to a folder/,
    );
    ownFolder("with blank");
    expect((await ground().problem("db1")).message).toContain("cannot lie below");
    process.env["TMPDIR"] = "/nowhere/at/all";
    expect((await ground().problem("db1")).message).toMatch(/cannot make a folder .* ENOENT/);
  });

  test("lost: ssh is killed while a command runs; before one is asked for, another is started", async () => {
    const folder = ownFolder("lost");
    const made = ground();
    const lease = await made.lease("db1");
    const channel = await opened(lease, "echo up; sleep 600");
    channel.onData(() => {});
    const [rr = ""] = readdirSync(folder);
    const pid = readdirSync(join(folder, rr)).find((name) => name.endsWith(".pid")) ?? "";
    process.kill(Number(readFileSync(join(folder, rr, pid), "utf8")), "SIGKILL");
    expect(await channel.ended).toMatchObject({ kind: "lost" });
    expect((await outputOf(await opened(lease, "echo again"))).stdout).toBe("again\n");
    // The socket of a master that lives may be taken away, by who tidies /tmp.
    for (const name of readdirSync(join(folder, rr)))
      if (statSync(join(folder, rr, name)).isSocket()) rmSync(join(folder, rr, name));
    expect((await outputOf(await opened(lease, "echo and again"))).stdout).toBe("and again\n");
    lease.release();
  });
});

test("nothing is left behind: not by close, and not by a worker that is killed", async () => {
  builtProgram("rr-worker");
  const folder = ownFolder("left");
  const made = ground();
  await made.run("db1", "true");
  const [closed = ""] = readdirSync(folder);
  expect(statSync(join(folder, closed)).mode & 0o777).toBe(0o700);
  await made.close();
  expect(readdirSync(folder)).toEqual([]);

  const holder = startChild(
    process.execPath,
    [join(import.meta.dirname, "openssh-holder.js"), sshd.sshConfigFile, "db2"],
    { env: { ...bareEnv, TMPDIR: folder } },
  );
  const remote = await until("its command", () => Number(/^\d+$/m.exec(holder.output())?.[0] ?? 0));
  const [rr = ""] = readdirSync(folder);
  const below = findDescendants(holder.pid).filter(({ commandLine }) =>
    commandLine.includes(join(folder, rr)),
  );
  // The guard, the master, and a channel's client.
  expect(below).toHaveLength(3);
  await holder.kill();
  await until("the connection to end", () => sshd.connections() === 0 && !isAlive(remote));
  await until("the folder to be gone", () => readdirSync(folder).length === 0);
  await until("all processes to end", () => below.every(({ pid }) => !isAlive(pid)));
});
