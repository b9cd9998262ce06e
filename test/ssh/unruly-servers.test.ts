import { createConnection } from "node:net";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { Connection } from "../../packages/worker/src/ssh/wire/connection.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { opened, outputOf } from "./ground.ts";
import { reach, serve, useUnrulyServers } from "./unruly-ground.ts";

failOnLeftovers();
useUnrulyServers();

test("gone between the exec request and its answer: lost, since it may have begun", async () => {
  const server = await serve({
    onClient: (client) => client.on("session", (accept) => accept().on("exec", () => void client.end())),
  });
  const lease = await reach(server).lease("127.0.0.1");
  expect(await lease.exec("true")).toMatchObject({ ok: false, error: { reason: "lost", blame: "host" } });
  lease.release();
  expect(server.clients).toHaveLength(1);
});

test("gone when a session is asked for: nothing began, so another connection is tried, three times", async () => {
  const server = await serve({ onClient: (client) => client.on("session", () => void client.end()) });
  const lease = await reach(server).lease("127.0.0.1");
  expect(await lease.exec("true")).toMatchObject({ ok: false, error: { reason: "channel" } });
  lease.release();
  expect(server.clients).toHaveLength(4);
});

test("an exec request that is refused: channel, and the next command gets another connection", async () => {
  let refusals = 0;
  const server = await serve({
    onClient: (client) =>
      client.on("session", (accept) =>
        accept().on("exec", (yes, no) => {
          refusals += 1;
          if (refusals === 1) return no();
          const stream = yes();
          stream.exit(0);
          stream.end();
        }),
      ),
  });
  const made = reach(server);
  const lease = await made.lease("127.0.0.1");
  const refused = await lease.exec("true");
  expect(refused).toMatchObject({ ok: false, error: { reason: "channel" } });
  expect(refused.ok ? "" : refused.error.message).toMatch(/refuses to run commands$/);
  lease.release();
  expect((await made.run("127.0.0.1", "true")).end).toEqual({ kind: "exit", code: 0 });
  expect(server.clients).toHaveLength(2);
  expect(made.stats().connections).toBe(1);
});

test("a session that is closed without an answer to the exec request: lost, since it may have begun", async () => {
  const server = await serve({
    onClient: (client) =>
      client.on("session", (accept) => {
        const session = accept() as unknown as {
          _chanInfo: { outgoing: { id: number } };
          on(event: "exec", listener: () => void): void;
        };
        session.on("exec", () => {
          const { _protocol: protocol } = client as unknown as {
            _protocol: { channelClose(id: number): void };
          };
          protocol.channelClose(session._chanInfo.outgoing.id);
        });
      }),
  });
  const lease = await reach(server).lease("127.0.0.1");
  const got = await lease.exec("true");
  expect(got).toMatchObject({ ok: false, error: { reason: "lost", blame: "host" } });
  lease.release();
});

test("a session that is not answered: given up within the time, and not the command's end", async () => {
  const server = await serve({ onClient: (client) => client.on("session", () => {}) });
  const lease = await reach(server).lease({ host: "127.0.0.1", connectTimeoutMs: 700 });
  const startedAt = performance.now();
  const got = await lease.exec("true");
  expect(got).toMatchObject({ ok: false, error: { blame: "host" } });
  expect(got.ok ? "" : got.error.message).toMatch(/was lost: no answer to a new channel in 0\.7 s$/);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  lease.release();
});

test("closed without an exit status", async () => {
  const server = await serve({
    onClient: (client) => client.on("session", (accept) => accept().on("exec", (yes) => yes().close())),
  });
  const channel = await opened(await reach(server).lease("127.0.0.1"), "true");
  expect((await outputOf(channel)).end).toEqual({ kind: "closed" });
});

test("an exec request that is never answered: lost after the time, and the late channel is closed", async () => {
  let answer: () => void = () => {};
  let closed = false;
  const server = await serve({
    onClient: (client) =>
      client.on("session", (accept) =>
        accept().on("exec", (yes) => {
          answer = () =>
            void yes()
              .on("close", () => (closed = true))
              .resume();
        }),
      ),
  });
  const stream = createConnection({ host: "127.0.0.1", port: server.port });
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
    execAnswerMs: 300,
  });
  const got = await connection.exec("true", 30_000);
  expect(got).toMatchObject({ ok: false, error: { kind: "lost" } });
  expect(connection.isSpoiled).toBe(true);
  answer();
  await expect.poll(() => closed, { timeout: 30_000 }).toBe(true);
  await connection.close();
  expect(connection.openSessions).toBe(0);
});

test("a server that breaks the protocol later on: what runs is lost, and nothing hangs", async () => {
  const server = await serve({
    onClient: (client) =>
      client.on("session", (accept) =>
        accept().on("exec", (yes) => {
          yes().write("started");
          const { _sock: socket } = client as unknown as { _sock: { write(bytes: Buffer): void } };
          setTimeout(() => socket.write(Buffer.alloc(4096, 0xff)), 100);
        }),
      ),
  });
  const made = reach(server);
  const lease = await made.lease("127.0.0.1");
  const { end } = await outputOf(await opened(lease, "true"));
  expect(end).toMatchObject({ kind: "lost" });
  lease.release();
  expect(made.stats()).toMatchObject({ connections: 0, leases: 0 });
});
