import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  certificateFor,
  keyOfKind,
  keyText,
  SECURITY_KEYS,
  securityKey,
} from "../../packages/core/test/signing/certificates.ts";
import { openSignKey } from "../../packages/engine/src/keys/sign-key.ts";
import { keyOfFile } from "../security/sign-as.ts";
import { startAgent } from "../ssh/agent.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { DoorsKit, problemOf, type Answer } from "./doors-kit.ts";

failOnLeftovers();

let kit: DoorsKit;

beforeAll(async () => {
  kit = await DoorsKit.start();
  for (const name of ["ada", "eve"]) kit.keys.make(name);
  kit.keys.make("ecdsa", "-t", "ecdsa", "-N", "");
  kit.keys.make("rsa", "-t", "rsa", "-b", "2048", "-N", "");
  kit.keys.make("authority");
});

afterAll(() => kit.stop());

/** Why a login, or what was asked with one, is refused. */
function why(answer: Answer): string {
  const { code, detail } = problemOf(answer);
  return `${answer.status} ${code}: ${detail}`;
}

function add(line: string): void {
  appendFileSync(kit.allowed, `${line}\n`);
}

describe("the log says that the files let nobody in", () => {
  it("at the start, when they change so, and when they change back", async () => {
    const nobody = `"level":"warn","message":"nobody can log in: `;
    const again = `"file":"${kit.allowed}","level":"info","message":"somebody can log in again"`;
    expect(kit.program.output()).toContain(`${nobody}${kit.allowed} names no key`);
    kit.allow("ada");
    await kit.program.waitFor(again);
    kit.giveRoles({ "*@ops": "all" });
    await kit.program.waitFor(
      `${nobody}no rule of ${kit.roles} fits a principal of ${kit.allowed}; add one"`,
    );
    kit.giveRoles({ "*": "own" });
    await until("the second time", () => kit.program.output().split(again).length === 3);
  });
});

describe("somebody logs in", () => {
  it.each(["ada", "ecdsa", "rsa"])("with the key %s, and out again", async (name) => {
    kit.allow(name);
    const login = await kit.login(name);
    expect(login).toMatchObject({
      principal: name,
      role: "own",
      token: expect.stringMatching(/^rrt_[\w-]{43}$/),
    });
    const { token } = login;
    const leftMs = Date.parse(login.expires) - Date.now();
    expect(Math.round(leftMs / 60_000)).toBe(12 * 60);
    const who = await kit.ask("GET", "/login", { token });
    expect(who.json).toEqual({ principal: name, role: "own", expires: expect.any(String) });
    expect(who.headers["cache-control"]).toBe("no-store");
    expect((await kit.ask("DELETE", "/login", { token })).status).toBe(204);
    expect(why(await kit.ask("GET", "/runs", { token }))).toBe(
      "401 notLoggedIn: the login is over, or was never one of this store: log in again",
    );
  });

  it("with a key that an agent holds", async () => {
    const agent = await startAgent(kit.home.path);
    agent.add(join(kit.keys.path, "ada"));
    kit.allow("ada");
    const key = await openSignKey(join(kit.keys.path, "ada.pub"), {
      socket: agent.socket,
      onTouch: () => undefined,
    });
    if (!key.ok) throw new Error(key.error);
    expect(await kit.login(key.value)).toMatchObject({ principal: "ada" });
    await agent.stop();
  });

  it("with a certificate, until it is over or revoked", async () => {
    const at = (name: string) => join(kit.keys.path, name);
    const sign = (identity: string, ...more: readonly string[]) =>
      execFileSync(findProgram("ssh-keygen"), [
        ...["-q", "-s", at("authority"), "-I", identity, "-n", "ada@ops", ...more, at("ada.pub")],
      ]);
    const authority = readFileSync(at("authority.pub"), "utf8");
    writeFileSync(kit.allowed, `*@ops cert-authority,namespaces="roadrunner-login@v1" ${authority}`);
    sign("laptop", "-z", "5", "-V", "+1h");
    const made = async () => {
      const key = await openSignKey(at("ada-cert.pub"), { socket: undefined, onTouch: () => undefined });
      if (!key.ok) throw new Error(key.error);
      return key.value;
    };
    const login = await kit.login(await made());
    expect(login).toMatchObject({ principal: "ada@ops" });
    const leftMs = Date.parse(login.expires) - Date.now();
    expect(leftMs).toBeLessThan(3_600_000 + 60_000);
    const krl = at("krl");
    execFileSync(findProgram("ssh-keygen"), [
      "-q",
      "-k",
      "-f",
      krl,
      "-s",
      at("authority.pub"),
      "-z",
      "1",
      writeSerial(5),
    ]);
    writeFileSync(kit.revoked, readFileSync(krl));
    expect(why(await kit.ask("GET", "/runs", { token: login.token }))).toMatch(
      /^401 notLoggedIn: the login does not hold any more: the certificate "laptop" .* is revoked$/,
    );
    expect(why(await kit.tryLogin(await made()))).toMatch(/^403 notAllowed: .* is revoked$/);
    writeFileSync(kit.revoked, "");
    expect((await kit.ask("GET", "/runs", { token: login.token })).status).toBe(200);
    sign("old", "-V", "20200101:20200102");
    const expired = { ...keyOfFile(at("ada")), publicBlob: blobIn(at("ada-cert.pub")) };
    expect(why(await kit.tryLogin(expired))).toMatch(/^403 notAllowed: .* expired at 2020-01-0/);
    // Whoever writes himself what an authority should have signed.
    const forged = await certificateFor(keyOfKind("ed25519"), keyOfKind("ed25519"), {
      principals: ["ada@ops"],
    });
    expect(why(await kit.tryLogin({ ...keyOfFile(at("ada")), publicBlob: forged }))).toMatch(
      /^403 notAllowed: .* is of an authority that is not among the allowed signers/,
    );
  });

  it.each(SECURITY_KEYS)("with a %s that somebody touches", async (kind) => {
    const key = securityKey(kind);
    writeFileSync(kit.allowed, `ada ${keyText(key.publicBlob)}\n`);
    const { token } = await kit.login(key);
    expect((await kit.ask("GET", "/runs", { token })).status).toBe(200);
    const untouched = securityKey(kind, { flags: 0 });
    writeFileSync(kit.allowed, `ada ${keyText(untouched.publicBlob)}\n`);
    expect(why(await kit.tryLogin(untouched))).toMatch(
      /^403 notAllowed: .* without a touch of its security key/,
    );
  });

  it("as whom he says where his line leaves that open", async () => {
    writeFileSync(kit.allowed, "");
    add(`*@ops,!root@ops ${readFileSync(join(kit.keys.path, "ada.pub"), "utf8")}`);
    expect(why(await kit.tryLogin("ada"))).toMatch(/name yourself$/);
    expect(why(await kit.tryLogin("ada", { principal: "root@ops" }))).toMatch(/may not sign as "root@ops"/);
    for (const principal of ["a\u001b[31m@ops", "a da@ops", "ada\u200b@ops"])
      expect(why(await kit.tryLogin("ada", { principal }))).toMatch(
        /^400 badRequest: the principal of the statement/,
      );
    expect((await kit.tryLogin("ada", { principal: "ada@ops" })).json).toMatchObject({
      principal: "ada@ops",
    });
  });
});

describe("nobody gets in", () => {
  beforeAll(() => kit.allow("ada"));

  it("by a challenge that was used, altered, or is of another store", async () => {
    const signed = await kit.signed("ada");
    const answers = await Promise.all(
      [signed, signed, signed].map((body) => kit.ask("POST", "/login", { body })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422, 422]);
    const used = answers.find(({ status }) => status === 422);
    expect(used && why(used)).toBe(
      "422 badSignature: the challenge was used before; each is good for one login",
    );
    const challenge = await kit.challenge();
    const [nonce = "", expires = "", proof = ""] = challenge.split(".");
    for (const other of [
      `${nonce}.${Number(expires) + 1}.${proof}`,
      `${nonce.slice(1)}A.${expires}.${proof}`,
      `${nonce}.${expires}.${proof}=`,
      `${nonce}.${expires}.${"A".repeat(43)}`,
      "mine",
    ])
      expect(why(await kit.tryLogin("ada", { challenge: other }))).toMatch(
        /^422 badSignature: the challenge is not of this coordinator/,
      );
  });

  it("by what was signed for another server", async () => {
    const { port } = kit;
    for (const server of [
      `127.0.0.1:${port + 1}`,
      `evil.example.com:${port}`,
      `127.0.0.2:${port}`,
      "127.0.0.1",
      "?",
    ])
      expect(why(await kit.tryLogin("ada", { server }))).toMatch(
        /^422 badSignature: it was signed for ".*", and this coordinator is not known by that name: .*somebody stands between$/,
      );
    expect((await kit.tryLogin("ada", { server: `localhost:${port}` })).status).toBe(201);
  });

  it("by another's signature, one of something else, or none", async () => {
    expect(why(await kit.tryLogin("eve"))).toMatch(
      /^403 notAllowed: the key SHA256:.* is not among the allowed signers$/,
    );
    expect(why(await kit.tryLogin("ada", {}, "roadrunner"))).toBe(
      '422 badSignature: the signature is for "roadrunner", and one to log in with is for roadrunner-login@v1',
    );
    const first = await kit.signed("ada");
    const second = await kit.signed("ada");
    const swapped = { statement: first.statement, signature: second.signature };
    expect(why(await kit.ask("POST", "/login", { body: swapped }))).toBe(
      "422 badSignature: the signature is not one of this statement by the key that it names",
    );
    const ofOther = {
      ...keyOfFile(join(kit.keys.path, "eve")),
      publicBlob: blobIn(join(kit.keys.path, "ada.pub")),
    };
    expect(why(await kit.tryLogin(ofOther))).toMatch(
      /^422 badSignature: the signature is not one of this statement/,
    );
    expect(why(await kit.ask("POST", "/login", { body: { ...first, signature: "x" } }))).toBe(
      "422 badSignature: the signature is not in OpenSSH's armor",
    );
    expect(why(await kit.ask("POST", "/login", { body: { ...first, statement: "{}" } }))).toMatch(
      /^400 badRequest/,
    );
    expect(why(await kit.ask("POST", "/login", { body: {} }))).toMatch(/^400 badRequest/);
  });

  it.each([
    ["Bearer rrt_short", "the authorization header has no token of a coordinator: log in again"],
    ["Basic YWRhOng=", "the authorization header has no token of a coordinator: log in again"],
    [`Bearer rrt_${"B".repeat(43)}`, "the login is over, or was never one of this store: log in again"],
  ])("by the header %s", async (authorization, detail) => {
    const answer = await kit.ask("GET", "/runs", { headers: { authorization } });
    expect(why(answer)).toBe(`401 notLoggedIn: ${detail}`);
  });

  it("by what a proxy says that nobody trusts", async () => {
    const headers = {
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-user": "ada",
      "x-remote-user": "ada",
      forwarded: "for=127.0.0.1;proto=https",
      cookie: "token=rrt_x",
    };
    expect((await kit.ask("GET", "/runs", { headers })).status).toBe(401);
  });

  it("once his key is taken out, or while the file cannot be read", async () => {
    const token = await kit.tokenOf("ada");
    kit.allow("eve");
    expect(why(await kit.ask("GET", "/runs", { token }))).toMatch(
      /^401 notLoggedIn: .* is not among the allowed signers$/,
    );
    writeFileSync(kit.allowed, "ada no-key\n");
    const told = /^503 storeFault: who may log in cannot be told just now: the coordinator's log says why/;
    expect(why(await kit.ask("GET", "/runs", { token }))).toMatch(told);
    expect(why(await kit.tryLogin("ada"))).toMatch(told);
    expect((await kit.ask("GET", "/health")).json).toEqual({ ok: false });
    await kit.program.waitFor(/nobody can log in: \S+allowed_signers: line 1/);
    kit.allow("ada");
    expect((await kit.ask("GET", "/runs", { token })).status).toBe(200);
    expect((await kit.ask("GET", "/health")).json).toEqual({ ok: true });
    expect((await kit.ask("GET", "/health", { token })).json).toMatchObject({
      ok: true,
      store: "sqlite",
      reasons: [],
    });
  });

  it("and each try is written down, without what would let somebody in", () => {
    const output = kit.program.output();
    expect(output).toMatch(
      /"from":"127.0.0.1","key":"SHA256:[^"]+","level":"info","message":"somebody logged in","principal":"ada"/,
    );
    const refused = output.split("\n").filter((line) => line.includes("a login was refused"));
    expect(refused.join("\n")).toMatch(
      /"claimedKey":"SHA256:.*"message":"a login was refused","reason":"the key SHA256:/,
    );
    // Whoever is refused has proven nothing.
    for (const line of refused) expect(line).not.toMatch(/"(key|principal|certificate)":/);
    expect(output).not.toMatch(/rrt_[\w-]{20}/);
    expect(output).not.toContain("BEGIN SSH SIGNATURE");
  });
});

function blobIn(path: string): Buffer {
  return Buffer.from(readFileSync(path, "utf8").split(" ")[1] ?? "", "base64");
}

/** A file that names a serial number to be revoked. */
function writeSerial(serial: number): string {
  const path = join(kit.keys.path, "serials");
  writeFileSync(path, `serial: ${serial}\n`);
  return path;
}
