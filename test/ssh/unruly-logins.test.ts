import { readFileSync, writeFileSync } from "node:fs";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { publicKey } from "./ground.ts";
import { clientKey, hostKey, known, passwordFile, reach, serve, useUnrulyServers } from "./unruly-ground.ts";

failOnLeftovers();
useUnrulyServers();

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
