import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
import { createConnection } from "node:net";
import { afterAll, afterEach, expect, test } from "vitest";
import { Connection } from "../../packages/worker/src/ssh/wire/connection.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startFakeServer, type FakeOptions, type FakeServer } from "./fake-server.ts";
import {
  makeKey,
  openGround,
  opened,
  outputOf,
  publicKey,
  writePrivate,
  writeSshConfig,
  type Ground,
} from "./ground.ts";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";

failOnLeftovers();

const temp = makeTempDir("ssh-unruly");
const hostKey = makeKey(join(temp.path, "host"), "-t", "ed25519");
const clientKey = makeKey(join(temp.path, "client"), "-t", "ed25519");
const known = join(temp.path, "known_hosts");
const passwordFile = writePrivate(join(temp.path, "password"), "open sesame\n");
let grounds: Ground[] = [];
let servers: FakeServer[] = [];

afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  await Promise.all(servers.map((server) => server.stop()));
  grounds = [];
  servers = [];
});
afterAll(() => temp.remove());

async function serve(options: Omit<FakeOptions, "hostKey">): Promise<FakeServer> {
  const server = await startFakeServer({ hostKey, ...options });
  servers.push(server);
  writeFileSync(known, `[127.0.0.1]:${server.port} ${publicKey(hostKey)}\n`);
  return server;
}

function reach(server: FakeServer, options: SshOptions = {}, ...lines: string[]): Ground {
  const config = writeSshConfig(temp.path, [
    ...lines,
    `Port ${server.port}`,
    `UserKnownHostsFile ${known}`,
    `IdentityFile ${clientKey}`,
  ]);
  const made = openGround({ sshConfigFiles: [config], ...options });
  grounds.push(made);
  return made;
}

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

test("silent during the login: the message says what was tried", async () => {
  const server = await serve({
    onLogin: (context) => (context.method === "none" ? context.reject(["publickey"]) : undefined),
  });
  const found = await reach(server).problem({ host: "127.0.0.1", connectTimeoutMs: 700 });
  expect(found).toMatchObject({ reason: "timeout", blame: "host" });
  expect(found.message).toContain(`no answer during the login, trying ${clientKey}`);
});

test("cut off during the login", async () => {
  const server = await serve({
    onLogin: (context) => {
      if (context.method === "none") context.reject(["publickey"]);
      else server.clients.at(-1)?.end();
    },
  });
  const found = await reach(server).problem("127.0.0.1");
  expect(found).toMatchObject({ reason: "authentication", blame: "host" });
});

test("let in without any login", async () => {
  const server = await serve({
    onClient: (client) =>
      client.on("session", (accept) =>
        accept().on("exec", (yes) => {
          const stream = yes();
          stream.write("in");
          stream.exit(0);
          stream.end();
        }),
      ),
  });
  expect((await reach(server, {}, "IdentityFile none").run("127.0.0.1", "true")).stdout).toBe("in");
});

test("two ways to log in, one after the other: a key and then the password", async () => {
  let gotKey = false;
  const server = await serve({
    onLogin: (context) => {
      if (context.method === "publickey" && context.signature === undefined) return context.accept();
      if (context.method === "publickey") {
        gotKey = true;
        return context.reject(["password"], true);
      }
      if (context.method === "password" && gotKey && context.password === "open sesame")
        return context.accept();
      return context.reject(["publickey"]);
    },
  });
  const made = reach(server, { passwordFile });
  (await made.lease("127.0.0.1")).release();
  expect(gotKey).toBe(true);
  const without = await reach(server).problem("127.0.0.1");
  expect(without.reason).toBe("authentication");
  expect(without.message).toContain("wants a further factor: password; no password file is given");
});

test("a password is not given to a server whose key is not checked out", async () => {
  const methods = new Set<string>();
  const server = await serve({
    onLogin: (context) => {
      methods.add(context.method);
      context.reject(["publickey", "password", "keyboard-interactive"]);
    },
  });
  writeFileSync(known, `[127.0.0.1]:${server.port} ${publicKey(clientKey)}\n`);
  const made = reach(server, { passwordFile, strictHostKeyChecking: "no" });
  expect((await made.problem("127.0.0.1")).reason).toBe("authentication");
  expect(methods).toEqual(new Set(["none", "publickey"]));
});

test("prompts: the password goes to the first hidden one alone", async () => {
  const asked: string[][] = [];
  const server = await serve({
    onLogin: (context) => {
      if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
      context.prompt(
        [
          { prompt: "User: ", echo: true },
          { prompt: "Password: ", echo: false },
          { prompt: "Code: ", echo: false },
        ],
        (answers) => {
          asked.push(answers);
          context.prompt([{ prompt: "Password again: ", echo: false }], (more) => {
            asked.push(more);
            context.accept();
          });
        },
      );
    },
  });
  (await reach(server, { passwordFile }).lease("127.0.0.1")).release();
  expect(asked).toEqual([["", "open sesame", ""], [""]]);
});

test("a server that has nothing in common with us", async () => {
  const server = await serve({});
  await server.stop();
  const odd = new ssh2.Server(
    {
      hostKeys: [readFileSync(hostKey)],
      algorithms: { kex: ["diffie-hellman-group1-sha1"] },
    },
    (client) => client.on("error", () => {}),
  );
  await new Promise<void>((resolve) => odd.listen(server.port, "127.0.0.1", resolve));
  const found = await reach(server).problem("127.0.0.1");
  expect(found).toMatchObject({ reason: "protocol", blame: "host", noRetry: true });
  expect(found.message).toMatch(/no matching key exchange algorithm.*no algorithm in common/);
  await new Promise<void>((resolve) => odd.close(() => resolve()));
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
  expect(made.stats()).toEqual({ connections: 0, leases: 0 });
});
