import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { makeKey, openGround, opened, writeSshConfig, type Ground } from "./ground.ts";

failOnLeftovers();

const temp = makeTempDir("ssh-reasons");
let sshd: Sshd;
const grounds: Ground[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  sshd = await startSshd({ hosts: ["db1"] });
});
afterEach(async () => {
  await Promise.all(grounds.splice(0).map((ground) => ground.close()));
  for (const server of servers.splice(0)) server.close();
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

function ground(lines: readonly string[] = [], options = {}): Ground {
  const made = openGround({
    sshConfigFiles: [writeSshConfig(temp.path, lines), sshd.sshConfigFile],
    ...options,
  });
  grounds.push(made);
  return made;
}

/** A server that is none of SSH's. */
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

test("config: a directive that is not honoured, by file and line", async () => {
  const found = await ground(["Host db*", "  CanonicalizeHostname yes"]).problem("db1");
  expect(found).toMatchObject({ reason: "config", blame: "host", noRetry: true });
  expect(found.message).toContain(`${temp.path}/ssh_config:2: canonicalizehostname is not honoured`);
});

test("config: a directive may be ignored by name", async () => {
  const lines = ["Host db*", "  CanonicalizeHostname yes", "  Hostnmae db9"];
  const ignoring = ground(lines, { ignoreDirectives: ["canonicalizeHostname", "hostnmae"] });
  expect((await ignoring.run("db1", "echo here")).stdout).toBe("here\n");
  expect((await ground(lines).problem("db1")).message).toMatch(/:2: .*:3: unknown directive hostnmae/);
});

test("config: files that cannot be read are the worker's fault", async () => {
  const made = openGround({ sshConfigFiles: [join(temp.path, "nowhere")] });
  grounds.push(made);
  expect(await made.problem("db1")).toMatchObject({
    reason: "config",
    blame: "worker",
    message: `db1: ssh_config: ${temp.path}/nowhere: cannot be read (ENOENT)`,
  });
});

test("local: Match exec that hangs is the worker's fault, and named", async () => {
  const made = ground(['Match exec "sleep 600"', "  Port 9"], { transport: "openssh" });
  const found = await made.problem({ host: "db1", connectTimeoutMs: 800 });
  expect(found).toMatchObject({ reason: "local", blame: "worker" });
  expect(found.message).toContain('on this worker\'s box "sleep 600" (Match exec in ssh_config) did not end');
});

test("name: it does not exist", async () => {
  const found = await ground().problem("no-such-host.invalid");
  expect(found).toMatchObject({ reason: "name", blame: "host", noRetry: true });
  expect(found.message).toContain("the name no-such-host.invalid does not exist");
});

test("route: none from this box", async () => {
  // Linux refuses TCP to the broadcast address with ENETUNREACH, whatever its routes are.
  const found = await ground().problem({ host: "db1", address: "255.255.255.255" });
  expect(found).toMatchObject({ reason: "route", blame: "worker", noRetry: false });
  expect(found.message).toContain("no route from this worker's box to the network of 255.255.255.255 port");
});

test("refused: nobody listens", async () => {
  const port = await findFreePort("127.0.0.1");
  const found = await ground().problem({ host: "db1", address: "127.0.0.1", port });
  expect(found).toMatchObject({ reason: "refused", blame: "host", noRetry: false });
  expect(found.message).toContain(`db1: connection to 127.0.0.1 port ${port} refused`);
});

test("timeout: a server that says nothing", async () => {
  const port = await serve(() => {});
  const found = await ground().problem({ host: "db1", address: "127.0.0.1", port, connectTimeoutMs: 500 });
  expect(found).toMatchObject({ reason: "timeout", blame: "host", noRetry: false });
  expect(found.message).toBe(
    `db1 (127.0.0.1 port ${port}) was not ready within 0.5 s: connected, but no answer during the greeting`,
  );
});

test("hostKey: unknown, with the fingerprint and what to do", async () => {
  const found = await ground([], { knownHostsFiles: ["/dev/null"] }).problem("db1");
  expect(found).toMatchObject({ reason: "hostKey", blame: "host", noRetry: true });
  expect(found.message).toMatch(/is not known: ssh-ed25519 SHA256:\S{43} for \[127.*accept-new/);
});

test("authentication: no key opens the door", async () => {
  const key = makeKey(join(temp.path, "stranger"), "-t", "ed25519");
  const only = openGround({
    sshConfigFiles: [
      writeSshConfig(temp.path, [
        `IdentityFile ${key}`,
        "IdentityFile /nowhere/key",
        `UserKnownHostsFile ${sshd.knownHostsFile}`,
        `Port ${sshd.port}`,
      ]),
    ],
  });
  grounds.push(only);
  const refusal = await only.problem({ host: "127.7.0.1", user: "root" });
  expect(refusal).toMatchObject({ reason: "authentication", blame: "host", noRetry: true });
  expect(refusal.message).toBe(
    `127.7.0.1 (127.7.0.1 port ${sshd.port}) refused the login as root: tried ${key}; ` +
      `not usable: /nowhere/key: no such file; it takes publickey; ` +
      `is the public key in the authorized_keys of root there?`,
  );
});

test("local: this worker has no key at all", async () => {
  const keyless = openGround({
    sshConfigFiles: [
      writeSshConfig(temp.path, [
        "IdentityFile none",
        `UserKnownHostsFile ${sshd.knownHostsFile}`,
        `Port ${sshd.port}`,
      ]),
    ],
  });
  grounds.push(keyless);
  const found = await keyless.problem("127.7.0.1");
  expect(found).toMatchObject({ reason: "local", blame: "worker", noRetry: false });
  expect(found.message).toContain("this worker has no key to log in at 127.7.0.1");
});

test("protocol: not SSH", async () => {
  const port = await serve((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const found = await ground().problem({ host: "db1", address: "127.0.0.1", port, connectTimeoutMs: 1000 });
  expect(found).toMatchObject({ reason: "protocol", blame: "host" });
  expect(found.message).toBe(
    `db1 (127.0.0.1 port ${port}) does not speak SSH; it said "HTTP/1.1 400 Bad Request"`,
  );
});

test("protocol: turned away again and again, until the time is up", async () => {
  let connections = 0;
  const port = await serve((socket) => {
    connections += 1;
    socket.end();
  });
  const found = await ground().problem({ host: "db1", address: "127.0.0.1", port, connectTimeoutMs: 2000 });
  expect(found).toMatchObject({ reason: "protocol", blame: "host", noRetry: false });
  expect(connections).toBeGreaterThan(1);
  expect(found.message).toContain(`${connections} times in 2 s: too many logins at once there (MaxStartups)`);
});

test("aborted: at once, while a server is silent", async () => {
  const port = await serve(() => {});
  const stop = new AbortController();
  const made = ground();
  const asked = made.problem({ host: "db1", address: "127.0.0.1", port }, stop.signal);
  setTimeout(() => stop.abort(), 50);
  expect(await asked).toMatchObject({ reason: "aborted" });
  expect(await made.problem("db1", stop.signal)).toMatchObject({ reason: "aborted" });
  expect(made.stats()).toMatchObject({ connections: 0, leases: 0 });
});

test("lost and channel: the connection goes while a command runs, and before one is asked for", async () => {
  const made = ground();
  const lease = await made.lease("db1");
  const channel = await opened(lease, "sleep 1000");
  channel.onData(() => {});
  await sshd.kill();
  expect(await channel.exited).toMatchObject({ kind: "lost" });
  expect(await channel.ended).toMatchObject({ kind: "lost" });
  expect(await channel.write("more")).toBe(false);
  const next = await lease.exec("echo never");
  // Nothing was asked for, so the lease tried another connection, and tells why that is not to be had.
  expect(next).toMatchObject({ ok: false, error: { reason: "refused" } });
  lease.release();
  await sshd.restart();
});
