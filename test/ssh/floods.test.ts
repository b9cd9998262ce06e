import { createConnection } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import ssh2 from "ssh2";
import { expect, test, onTestFinished } from "vitest";
import { Connection } from "../../packages/worker/src/ssh/wire/connection.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startFakeServer } from "./fake-server.ts";
import { makeKey, openGround, publicKey, writeSshConfig } from "./ground.ts";
import { createServer } from "node:net";
import { writeFileSync } from "node:fs";

failOnLeftovers();

test("a server that asks for answers and does not read them is left", async () => {
  const temp = makeTempDir("ssh-floods");
  const hostKey = makeKey(join(temp.path, "host"), "-t", "ed25519");
  const server = await startFakeServer({ hostKey });
  onTestFinished(async () => {
    await server.stop();
    temp.remove();
  });
  const socket = createConnection({ host: "127.0.0.1", port: server.port });
  let isTaken = true;
  const stream = new Duplex({
    read: () => {},
    write: (chunk, _encoding, done) => {
      if (isTaken) socket.write(chunk as Buffer, done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk) => stream.push(chunk));
  socket.on("error", () => {});
  const client = new ssh2.Client();
  await new Promise<void>((resolve) =>
    client.once("ready", resolve).connect({ sock: stream, username: "x" }),
  );
  const connection = new Connection({
    client,
    stream,
    server: "fake",
    where: "here",
    user: "x",
    aliveBoundMs: 60_000,
    maxUnsentBytes: 100_000,
  });
  isTaken = false;
  const { _protocol: protocol } = server.clients[0] as unknown as { _protocol: { ping(): void } };
  for (let count = 0; count < 10_000; count += 1) protocol.ping();
  await expect.poll(() => connection.deadBecause, { timeout: 60_000 }).toBeDefined();
  expect(connection.deadBecause).toBe("it asks for answers without reading them");
});

test("a server that says more than anybody before its greeting is left", async () => {
  const temp = makeTempDir("ssh-greeting");
  const hostKey = makeKey(join(temp.path, "host"), "-t", "ed25519");
  const server = createServer((socket) => {
    socket.on("error", () => {});
    for (let line = 0; line < 900; line += 1) socket.write(`${"x".repeat(1000)}\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const known = join(temp.path, "known_hosts");
  writeFileSync(known, `[127.0.0.1]:${port} ${publicKey(hostKey)}\n`);
  const config = writeSshConfig(temp.path, [`Port ${port}`, `UserKnownHostsFile ${known}`]);
  const ground = openGround({ sshConfigFiles: [config] });
  onTestFinished(async () => {
    await ground.close();
    server.close();
    temp.remove();
  });
  const found = await ground.problem("127.0.0.1");
  expect(found).toMatchObject({ reason: "protocol", blame: "host", noRetry: true });
  expect(found.message).toMatch(/sends more than 64 KiB before its greeting$/);
});
