import { mkdirSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startChild } from "../support/child-program.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { openGround, writeSshConfig, type Ground } from "./ground.ts";

failOnLeftovers();

const temp = makeTempDir("ssh-dialling");
let sshd: Sshd;
let grounds: Ground[] = [];
let stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  sshd = await startSshd();
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  grounds = [];
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

function ground(...lines: string[]): Ground {
  const made = openGround({ sshConfigFiles: [writeSshConfig(temp.path, lines), sshd.sshConfigFile] });
  grounds.push(made);
  return made;
}

/** A program that listens and accepts nobody, until the test's end: its queue is full, so the kernel drops what comes. */
async function fullServer(): Promise<{ port: number }> {
  const program = `
    const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      console.log("port " + server.address().port);
      process.kill(process.pid, "SIGSTOP");
    });`;
  const child = startChild(process.execPath, ["-e", program]);
  await child.waitFor(/port \d+\n/);
  const port = Number(/port (\d+)/.exec(child.output())?.[1]);
  const queued: Socket[] = [];
  for (let index = 0; index < 4; index += 1) {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.on("error", () => {});
    queued.push(socket);
  }
  stops.push(() => {
    for (const socket of queued) socket.destroy();
    return child.kill();
  });
  return { port };
}

test("packets that are dropped: timeout, within the time, and no retry of ours beyond it", async () => {
  const { port } = await fullServer();
  const found = await ground().problem({ host: "db1", address: "127.0.0.1", port, connectTimeoutMs: 1500 });
  expect(found).toMatchObject({ reason: "timeout", blame: "host", noRetry: false });
  // It tells the time that was left for the connection: on a busy machine, less than all of it.
  expect(found.message.replace(/ 1\.[0-4] s/, " 1.5 s")).toBe(
    `db1: no answer from 127.0.0.1 port ${port} in 1.5 s: the host is down, or a firewall drops the packets`,
  );
});

test("ConnectTimeout of ssh_config bounds the TCP connection alone", async () => {
  const { port } = await fullServer();
  const startedAt = performance.now();
  const made = ground("ConnectTimeout 1");
  const found = await made.problem({ host: "db1", address: "127.0.0.1", port, connectTimeoutMs: 60_000 });
  expect(found.message).toMatch(/ in (1|0\.[89]) s:/);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
});

test("BindAddress is where the connection comes from", async () => {
  const made = ground("BindAddress 127.7.9.9");
  expect((await made.run("127.7.0.1", "echo $SSH_CONNECTION")).stdout).toMatch(/^127\.7\.9\.9 /);
});

test("AddressFamily: an address of the other kind", async () => {
  const found = await ground("AddressFamily inet6").problem("127.7.0.1");
  expect(found).toMatchObject({ reason: "name", noRetry: true });
  expect(found.message).toBe(
    "127.7.0.1: 127.7.0.1 is no IPv6 address, as AddressFamily in ssh_config asks for",
  );
});

test("an address of the inventory goes before HostName, and its port and user as well", async () => {
  const made = ground("Host db1", "  HostName 255.255.255.255", "  User nobody", "  Port 1");
  const ran = await made.run({ host: "db1", address: "127.7.0.1", port: sshd.port, user: "root" }, "id -un");
  expect(ran.stdout).toBe("root\n");
});

test("ssh_config is read again when a file is added to an Include", async () => {
  const folder = join(temp.path, "conf.d");
  mkdirSync(folder);
  const made = ground(`Include ${folder}/*.conf`);
  expect((await made.problem("alpha.invalid")).reason).toBe("name");
  writeFileSync(join(folder, "alpha.conf"), "Host alpha.invalid\n  HostName 127.7.0.1\n", { mode: 0o600 });
  await expect
    .poll(async () => (await made.connect({ host: "alpha.invalid", connectTimeoutMs: 60_000 })).ok, {
      timeout: 30_000,
    })
    .toBe(true);
});

test("closing while a server neither answers nor closes", async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const made = ground();
  const asked = made.problem({ host: "db1", address: "127.0.0.1", port });
  await made.close();
  expect((await asked).reason).toBe("aborted");
  server.close();
});
