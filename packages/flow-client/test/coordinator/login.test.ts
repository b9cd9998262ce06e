import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseCoordinator, type CoordinatorAddress } from "@roadrunner/engine/address";
import { LOGIN_NAMESPACE, readLoginText, readSignature, verifySsh } from "@roadrunner/core/signing";
import { clientOf } from "../../src/coordinator/index.ts";
import { CoordinatorClient } from "../../src/coordinator/client.ts";
import { Destination } from "../../src/coordinator/connection/destination.ts";
import { Session } from "../../src/coordinator/login/session.ts";
import { Certificates } from "../../../../test/support/certificates.ts";
import { makeTempDir } from "../../../../test/support/temp-dir.ts";
import { bodyOf } from "./scripted-coordinator.ts";

/** What a real coordinator does not do at a word: takes any login, and forgets tokens. */
const made = new Certificates();
const temp = makeTempDir("login");
const ca = made.authority("Site CA");
const keys = { ann: join(temp.path, "ann"), bob: join(temp.path, "bob") };
let address: CoordinatorAddress;
let name = "";
let logins: { statement: string; signature: string }[] = [];
let taken = new Set<string>();
/** Tokens that requests came with. */
let seen: (string | undefined)[] = [];
let answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
let nextToken = (count: number): string => `rrt_${count}`;
let lifeMs = 3_600_000;
let count = 0;

const server = createServer(
  made.server(ca, "DNS:localhost"),
  (request, response) => void serve(request, response),
);

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = "", method, headers } = request;
  const token = headers.authorization?.replace("Bearer ", "");
  if (answer?.(request, response) === true) return;
  const json = (status: number, body: unknown) => void response.writeHead(status).end(JSON.stringify(body));
  const expires = new Date(Date.now() + lifeMs).toISOString();
  const who = { principal: "ann@example.com", role: "own", expires };
  if (url.endsWith("/login/challenge")) return json(200, { challenge: `c${count}`, expires });
  if (url.endsWith("/login") && method === "POST") {
    logins.push((await bodyOf(request)) as (typeof logins)[number]);
    const granted = nextToken((count += 1));
    taken.add(granted);
    return json(201, { ...who, token: granted });
  }
  seen.push(token);
  if (token === undefined || !taken.has(token))
    return json(401, {
      type: "x",
      title: "x",
      status: 401,
      code: "notLoggedIn",
      detail: "this login is not known",
    });
  if (method === "DELETE") {
    taken.delete(token);
    return void response.writeHead(204).end();
  }
  if (url.endsWith("/login")) return json(200, who);
  return json(200, { runs: [] });
}

beforeAll(async () => {
  for (const key of Object.values(keys))
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  name = `https://localhost:${(server.address() as AddressInfo).port}`;
  const read = parseCoordinator(name);
  if (!read.ok) throw new Error(read.error);
  address = read.value;
});

let said = "";
let state = "";
let states = 0;
const env = () => ({ XDG_STATE_HOME: state });
const file = () =>
  join(state, "roadrunner/logins", `${encodeURIComponent(name.slice("https://".length))}.json`);
beforeEach(() => {
  state = join(temp.path, `state${(states += 1)}`);
  logins = [];
  taken = new Set();
  seen = [];
  answer = undefined;
  nextToken = (number) => `rrt_${number}`;
  lifeMs = 3_600_000;
  count = 0;
  said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await once(server.close(), "close");
  made.remove();
  temp.remove();
});

/** As a process of its own has it. */
function client(key: string | undefined, principal?: string): CoordinatorClient {
  const to = new Destination(address, ca.file);
  if (address.kind === "socket") throw new Error("no login is made on a socket");
  return new CoordinatorClient(to, { session: new Session(to, address, { key, principal, env: env() }) });
}

const runs = { limit: 1 };

/** What is kept, with other values. */
function keep(changed: Readonly<Record<string, unknown>>): void {
  writeFileSync(file(), JSON.stringify({ ...JSON.parse(readFileSync(file(), "utf8")), ...changed }));
}

describe("a login with a coordinator", () => {
  it("is made when the first request needs it, signed for the server that was dialled", async () => {
    expect(await client(keys.ann, "ann@example.com").runs(runs)).toMatchObject({ ok: true });
    expect(seen).toEqual(["rrt_1"]);
    const [login] = logins;
    const statement = readLoginText(login?.statement ?? "");
    const server = name.slice("https://".length);
    expect(statement).toMatchObject({
      ok: true,
      value: { server, challenge: "c0", principal: "ann@example.com" },
    });
    const signature = readSignature(login?.signature ?? "");
    if (!signature.ok) throw new Error(signature.error);
    expect(verifySsh(signature.value, Buffer.from(login?.statement ?? ""), LOGIN_NAMESPACE)).toBe(true);
  });

  it("is kept for the commands that follow, for its owner alone, and serves them without a key too", async () => {
    await client(keys.ann).runs(runs);
    for (const key of [keys.ann, `${keys.ann}.pub`, undefined]) await client(key).runs(runs);
    expect(seen).toEqual(["rrt_1", "rrt_1", "rrt_1", "rrt_1"]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(file(), "..")).mode & 0o777).toBe(0o700);
    expect(said).toBe("");
  });

  it("is asked for with a clear word where there is no key", async () => {
    const answered = await client(undefined).runs(runs);
    expect(answered).toMatchObject({ ok: false, error: { code: "notLoggedIn", refusal: { code: 2 } } });
    const lines = answered.ok ? [] : answered.error.refusal.lines;
    expect(lines[0]).toContain(`the coordinator on ${name} answers only who is logged in`);
    expect(lines[1]).toMatch(/--sign-key .*RR_SIGN_KEY/);
    expect(seen).toEqual([]);
  });

  it.each([
    ["another key", { key: "SHA256:other" }],
    ["another server", { server: "https://elsewhere:4780" }],
    ["another scheme", { server: `http://localhost:4780` }],
    ["the past", { expires: "2026-01-01T00:00:00Z" }],
  ])("is not one of %s", async (_, changed) => {
    await client(keys.ann).runs(runs);
    keep(changed);
    await client(keys.ann).runs(runs);
    expect(seen).toEqual(["rrt_1", "rrt_2"]);
  });

  it("is not one of another principal, or of whoever comes with another key", async () => {
    await client(keys.ann).runs(runs);
    await client(keys.ann, "root@example.com").runs(runs);
    await client(keys.bob).runs(runs);
    expect(seen).toEqual(["rrt_1", "rrt_2", "rrt_3"]);
  });

  it.each<[string, () => void, RegExp]>([
    ["others may read", () => chmodSync(file(), 0o640), /may be read by others than its owner/],
    ["is damaged", () => writeFileSync(file(), "{", { mode: 0o600 }), /the file is damaged/],
    ["holds what is no token", () => keep({ token: "a\nb: c" }), /the file is damaged/],
    ["is a folder", () => remake(() => mkdirSync(file())), /is not a plain file|it is a folder/],
    ["is a link", () => remake(() => symlinkSync(linked(), file())), /it is a symbolic link/],
  ])("is not taken from a file that %s", async (_, change, why) => {
    await client(keys.ann).runs(runs);
    change();
    await client(keys.ann).runs(runs);
    expect(seen).toEqual(["rrt_1", "rrt_2"]);
    expect(said).toContain(`the login in ${file()} is not used: the file `);
    expect(said).toMatch(why);
  });

  it("never takes the place of what a link names", async () => {
    await client(keys.ann).runs(runs);
    remake(() => symlinkSync(linked(), file()));
    await client(keys.ann).runs(runs);
    expect(readFileSync(linked(), "utf8")).toBe("of somebody else");
    expect(lstatSync(file()).isFile()).toBe(true);
  });

  it("serves one command where it cannot be kept, however many requests that makes", async () => {
    mkdirSync(join(state, "roadrunner"), { recursive: true });
    writeFileSync(join(state, "roadrunner/logins"), "");
    const asked = client(keys.ann);
    await asked.runs(runs);
    await asked.runs(runs);
    expect(seen).toEqual(["rrt_1", "rrt_1"]);
    expect(said).toMatch(/^the login serves this command alone, and is not kept for the next one: .*logins/);
    expect(said.split("\n")).toHaveLength(2);
  });

  it("is made anew when the coordinator refuses it, for all that ask at the time", async () => {
    const asked = client(keys.ann);
    await asked.runs(runs);
    taken.clear();
    const answers = await Promise.all([asked.runs(runs), asked.runs(runs), asked.who()]);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(logins).toHaveLength(2);
  });

  it("is that of another rr-submit, which has made one meanwhile", async () => {
    const asked = client(keys.ann);
    await asked.runs(runs);
    taken.clear();
    await client(keys.ann).runs(runs);
    await asked.runs(runs);
    expect(seen).toEqual(["rrt_1", "rrt_1", "rrt_2", "rrt_1", "rrt_2"]);
    expect(logins).toHaveLength(2);
  });

  it("is an error where the coordinator does not take what it has just given", async () => {
    answer = () => {
      taken.clear();
      return false;
    };
    const answered = await client(keys.ann).runs(runs);
    expect(answered).toMatchObject({ ok: false, error: { refusal: { code: 3 } } });
    const text = answered.ok ? "" : answered.error.refusal.lines.join("\n");
    expect(text).toContain("gave a login, and does not take it: this login is not known");
    expect(text).toContain("Behind one name they must share one");
    expect(logins).toHaveLength(1);
  });

  it("is over where it is refused and there is no key", async () => {
    await client(keys.ann).runs(runs);
    taken.clear();
    const answered = await client(undefined).runs(runs);
    expect(answered.ok ? "" : answered.error.refusal.lines.join("\n")).toMatch(
      /is over, and there is no key to log in anew with: this login is not known\n.*--sign-key/,
    );
  });

  it("is none where what is given for it is no token, and nothing of it is told", async () => {
    nextToken = () => "rrt_s3cr3t\r\nx: y";
    const answered = await client(keys.ann).runs(runs);
    expect(answered).toMatchObject({ ok: false, error: { kind: "foreign" } });
    expect(JSON.stringify(answered) + said).not.toContain("s3cr3t");
    expect(existsSync(file())).toBe(false);
  });

  it("is refused with the reason that the coordinator gives", async () => {
    const detail = "the signature is by a key that allowed_signers does not have\nHave it added";
    answer = ({ url = "", method }, response) => {
      if (method !== "POST" || !url.endsWith("/login")) return false;
      response
        .writeHead(422)
        .end(JSON.stringify({ type: "x", title: "x", status: 422, code: "badSignature", detail }));
      return true;
    };
    const answered = await client(keys.ann).runs(runs);
    expect(answered).toMatchObject({
      error: { code: "badSignature", refusal: { code: 2, lines: detail.split("\n") } },
    });
  });

  it("needs a key that can be opened", async () => {
    const answered = await client(join(temp.path, "nobody")).runs(runs);
    expect(answered.ok ? "" : answered.error.refusal.lines[0]).toMatch(/^--sign-key .*nobody cannot be read/);
  });
});

describe("whoever logs in by a word of his own", () => {
  it("has a new login, is told as whom, and gives it back", async () => {
    await client(keys.ann).logIn();
    const login = await client(keys.ann).logIn();
    expect(login).toMatchObject({ ok: true, value: { principal: "ann@example.com", role: "own" } });
    expect(await client(undefined).who()).toMatchObject({ ok: true, value: { role: "own" } });
    const out = await client(undefined).logOut();
    expect(out).toMatchObject({ ok: true, value: { was: { principal: "ann@example.com" } } });
    expect(out.ok && out.value.untold).toBeUndefined();
    expect(taken.has("rrt_2")).toBe(false);
    expect(readdirSync(join(file(), ".."))).toEqual([]);
    expect(await client(undefined).logOut()).toEqual({ ok: true, value: {} });
  });

  it("is rid of it although the coordinator does not hear of it, or others may have read it", async () => {
    await client(keys.ann).logIn();
    chmodSync(file(), 0o644);
    answer = (request) => {
      request.destroy();
      return true;
    };
    const out = await client(undefined).logOut();
    expect(out).toMatchObject({
      ok: true,
      value: { was: { principal: "ann@example.com" }, untold: { kind: "cut" } },
    });
    expect(existsSync(file())).toBe(false);
  });

  it("has nothing to log in to on a socket", async () => {
    const options = { coordinator: { kind: "socket", path: "/nowhere/c.sock" } } as const;
    expect(await clientOf(options, env()).logIn()).toMatchObject({
      ok: false,
      error: { refusal: { code: 2 } },
    });
  });
});

/** A file in this test's own folder. */
function linked(): string {
  const path = join(temp.path, "linked");
  if (!existsSync(path)) writeFileSync(path, "of somebody else");
  return path;
}

function remake(make: () => void): void {
  rmSync(file());
  make();
}
