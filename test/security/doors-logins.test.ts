import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { NAMESPACE, type OperatorKey } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeChallenge } from "../../packages/coordinator/src/login/challenge.ts";
import { digestOf } from "../../packages/coordinator/src/login/token.ts";
import { handOverOf, planOf } from "../coordinator/kit.ts";
import { DoorsKit, problemOf, type Answer } from "../doors/doors-kit.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { within } from "../support/until.ts";
import { keyOfFile } from "./sign-as.ts";

failOnLeftovers();

let kit: DoorsKit;
/** With a store, a port and a certificate of its own, and the same operators. */
let other: DoorsKit;
const token: Record<string, string> = {};
const plan = planOf({ name: "shop", slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }] });
const handOver = handOverOf(plan);

beforeAll(async () => {
  [kit, other] = await Promise.all([DoorsKit.start(), DoorsKit.start()]);
  for (const name of ["ada", "grace", "eve", "mallory"]) kit.keys.make(name);
  writeFileSync(join(other.keys.path, "ada"), readFileSync(join(kit.keys.path, "ada")), { mode: 0o600 });
  writeFileSync(join(other.keys.path, "ada.pub"), readFileSync(join(kit.keys.path, "ada.pub")));
  other.allow("ada");
  letIn();
  for (const name of ["ada", "grace", "eve"]) token[name] = await kit.tokenOf(name);
  const answer = await kit.ask("POST", "/runs", { token: token["ada"], body: handOver });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.json));
});
afterAll(() => Promise.all([kit.stop(), other.stop()]));

/** Everybody but mallory. */
function letIn(): void {
  kit.allow("ada", "grace", "eve");
  kit.giveRoles({ "ada,grace": "own", eve: "view" });
}

/** Another box each time: one that sends wrong tokens is soon heard no more. */
let boxes = 0;
const asStranger = async (method: string, path: string, asking: Parameters<DoorsKit["ask"]>[2]) =>
  kit.ask(method, path, { ...asking, localAddress: `127.0.9.${(boxes += 1)}` });

type Said = Parameters<DoorsKit["signed"]>[1];
/** What he sends to log in, with a challenge of its own where none is said. */
const signedBy = async (by: string | OperatorKey, said: Said = {}, namespace?: string) => {
  const localAddress = `127.0.9.${(boxes += 1)}`;
  return kit.signed(by, { challenge: await kit.challenge({ localAddress }), ...said }, namespace);
};
const tryLogin = async (...of: Parameters<typeof signedBy>): Promise<Answer> => sent(await signedBy(...of));
const sent = async (body: unknown): Promise<Answer> => asStranger("POST", "/login", { body });

const withToken = async (given: string): Promise<Answer> => asStranger("GET", "/runs", { token: given });
const NOT_IN = { status: 401, code: "notLoggedIn" };

describe("a token", () => {
  it("that was altered lets nobody in", async () => {
    const own = token["ada"] ?? "";
    expect((await withToken(own)).status).toBe(200);
    const last = own.endsWith("A") ? "Q" : "A";
    for (const altered of [
      ...[
        `${own.slice(0, -1)}${last}`,
        own.slice(0, -1),
        `${own}A`,
        own.toUpperCase(),
        own.replace("rrt_", ""),
      ],
      ...[`${own} ${own}`, `${own},${own}`, "rrt_", "null", "' or 1=1 --", `rrt_${"A".repeat(43)}`],
    ])
      expect(problemOf(await withToken(altered))).toMatchObject(NOT_IN);
  });

  it("of another coordinator's store lets nobody in, and its own still does there", async () => {
    const there = await other.tokenOf("ada");
    expect((await other.ask("GET", "/runs", { token: there })).status).toBe(200);
    expect(problemOf(await withToken(there))).toMatchObject(NOT_IN);
  });

  it("as the store keeps it lets nobody in", async () => {
    const digest = digestOf(token["ada"] ?? "");
    for (const kept of [
      digest,
      `rrt_${digest.slice(0, 43)}`,
      `rrt_${Buffer.from(digest, "hex").toString("base64url")}`,
    ])
      expect(problemOf(await withToken(kept))).toMatchObject(NOT_IN);
  });

  it("by another scheme, or twice, lets nobody in", async () => {
    const own = token["ada"] ?? "";
    for (const authorization of [
      `Basic ${Buffer.from(`ada:${own}`).toString("base64")}`,
      ...[own, `Token ${own}`, `Bearer: ${own}`, `Bearer ${own}, Bearer ${own}`],
    ])
      expect(problemOf(await asStranger("GET", "/runs", { headers: { authorization } }))).toMatchObject(
        NOT_IN,
      );
    for (const path of [`/runs?token=${own}`, `/runs?access_token=${own}`])
      expect(problemOf(await asStranger("GET", path, {}))).toMatchObject(NOT_IN);
    expect(
      problemOf(await asStranger("GET", "/runs", { headers: { cookie: `token=${own}`, "x-api-key": own } })),
    ).toMatchObject(NOT_IN);
  });

  it("that is over lets nobody in, and one that somebody wrote into the store only who may log in", async () => {
    const own = await kit.tokenOf("grace");
    const [forHer, forMallory] = ["rrt_" + "a".repeat(43), "rrt_" + "m".repeat(43)];
    const rowOf = (made: string, who: string): string => {
      const blob = keyOfFile(join(kit.keys.path, who)).publicBlob.toString("base64");
      return `('${digestOf(made)}', '${who}', '${blob}', ${Date.now() + 3_600_000})`;
    };
    const [row] = await inStore(
      `update tokens set expires_ms = ${Date.now() - 1} where digest = '${digestOf(own)}';
       insert into tokens (digest, principal, signer, expires_ms)
       values ${rowOf(forHer, "ada")}, ${rowOf(forMallory, "mallory")}`,
      "select key from challenge_key",
    );
    const { key } = row as { readonly key: string };
    expect(problemOf(await withToken(own))).toMatchObject(NOT_IN);
    expect((await withToken(token["ada"] ?? "")).status).toBe(200);
    expect((await withToken(forHer)).status).toBe(200);
    expect(problemOf(await withToken(forMallory))).toMatchObject(NOT_IN);
    // A challenge of a minute ago, as only somebody can make it who has read the store.
    const old = makeChallenge(Buffer.from(key, "base64"), randomBytes(16), Date.now() - 61_000);
    expect(problemOf(await tryLogin("ada", { challenge: old }))).toMatchObject({
      status: 422,
      detail: expect.stringMatching(/the challenge is over since/) as string,
    });
  });
});

/** Does one thing to the store while nobody has it, and asks another. In a process of its own: this one would keep it open. */
async function inStore(act: string, ask: string): Promise<readonly unknown[]> {
  await kit.program.kill();
  const said =
    "const [, path, act, ask] = process.argv; const db = new (require('libsql'))(path); db.exec(act);" +
    "console.log(JSON.stringify(db.prepare(ask).all()))";
  const path = join(kit.home.path, "state/roadrunner/store.db");
  const given = ["-e", said, path, act, ask];
  const told = execFileSync(process.execPath, given, { cwd: import.meta.dirname, encoding: "utf8" });
  await kit.up();
  return JSON.parse(told) as readonly unknown[];
}

describe("a login", () => {
  const refusedLogin = (why: RegExp, code = "badSignature") =>
    expect.objectContaining({ code, detail: expect.stringMatching(why) as string }) as object;

  it("is good once", async () => {
    const body = await signedBy("ada");
    expect((await sent(body)).status).toBe(201);
    expect(problemOf(await sent(body))).toEqual(refusedLogin(/was used before/));
  });

  it("by many at once, with one challenge, is good once", async () => {
    const challenge = await kit.challenge();
    const bodies = await Promise.all(Array.from({ length: 8 }, async () => signedBy("ada", { challenge })));
    const answers = await Promise.all(bodies.map(async (body) => sent(body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it("with a challenge that is altered, made up, or another coordinator's is refused", async () => {
    const [nonce = "", until = "", proof = ""] = (await kit.challenge()).split(".");
    const elses = await other.challenge();
    for (const challenge of [
      `${nonce}.${Number(until) + 3_600_000}.${proof}`,
      `${nonce.slice(0, -2)}AA.${until}.${proof}`,
      `${nonce}.${until}.${proof.slice(0, -2)}AA`,
      ...[`${nonce}.${until}.`, "x", elses],
    ])
      expect(problemOf(await tryLogin("ada", { challenge }))).toEqual(
        refusedLogin(/is not of this coordinator/),
      );
  });

  it("that was signed for another server is refused: nobody in the middle can pass a challenge on", async () => {
    for (const server of [
      ...[other.server, "coordinator.example.com:4780", `127.0.0.2:${kit.port}`, `localhost:${kit.port + 1}`],
      ...["127.0.0.1", "", `https://${kit.server}`, `${kit.server}:1`, `evil.example@${kit.server}`],
    ]) {
      const answer = problemOf(await tryLogin("ada", { server }));
      expect([answer.status, server]).toEqual([server === "" ? 400 : 422, server]);
    }
    expect((await tryLogin("ada", { server: `localhost:${kit.port}` })).status).toBe(201);
  });

  it("signed as runs are is refused, and so is what was signed for a run", async () => {
    expect(problemOf(await tryLogin("ada", {}, NAMESPACE))).toEqual(
      refusedLogin(/is for "roadrunner", and one to log in with is for roadrunner-login@v1/),
    );
    const key = keyOfFile(join(kit.keys.path, "ada"));
    const of = {
      run: handOver.run,
      plan,
      pastAttempts: 0,
      carriers: [`SHA256:${"A".repeat(43)}`],
      lifeMs: 60_000,
    };
    const signed = await signForCarriers(key, of);
    if (!signed.ok) throw new Error(signed.error);
    const body = { statement: signed.value.body, signature: signed.value.signature };
    expect(problemOf(await sent(body))).toEqual(
      refusedLogin(/the statement is not taken: it is no statement of a login/, "badRequest"),
    );
  });

  it("by a key that is not allowed, or as somebody else, is refused", async () => {
    expect(problemOf(await tryLogin("mallory"))).toEqual(
      refusedLogin(/not among the allowed signers/, "notAllowed"),
    );
    expect(problemOf(await tryLogin("grace", { principal: "ada" }))).toEqual(
      refusedLogin(/may not sign as "ada"/, "notAllowed"),
    );
  });

  it("whose signature is of another text, or by another key than it names, is refused", async () => {
    const [one, two] = [await signedBy("ada"), await signedBy("ada")];
    const crossed = { statement: one.statement, signature: two.signature };
    expect(problemOf(await sent(crossed))).toEqual(
      refusedLogin(/is not one of this statement by the key that it names/),
    );
    const [hers, his] = ["mallory", "ada"].map((name) => keyOfFile(join(kit.keys.path, name)));
    if (hers === undefined || his === undefined) throw new Error("two were made");
    const named = { ...hers, publicBlob: his.publicBlob };
    expect(problemOf(await tryLogin(named))).toEqual(
      refusedLogin(/is not one of this statement by the key that it names/),
    );
  });
});

describe("whoever is logged in", () => {
  it("signs for no run that is not his, and with the role view for none", async () => {
    const signed = { body: "{}", signature: "x" };
    const ask = async (who: string) =>
      problemOf(await kit.ask("POST", `/runs/${handOver.run}/sign`, { token: token[who], body: { signed } }));
    expect(await ask("eve")).toMatchObject({
      status: 403,
      detail: expect.stringMatching(/eve has the role view/) as string,
    });
    expect(await ask("grace")).toMatchObject({
      status: 403,
      detail: expect.stringMatching(/was handed over by ada/) as string,
    });
  });

  it("is out at once when his key is taken out or revoked, or his role taken away, and what he watches ends", async () => {
    const watched = await Promise.all(["ada", "grace", "eve"].map(async (who) => watch(token[who] ?? "")));
    kit.allow("grace", "eve");
    writeFileSync(kit.revoked, readFileSync(join(kit.keys.path, "grace.pub")));
    kit.giveRoles({ "ada,grace": "own" });
    for (const [who, why] of [
      ["ada", /not among the allowed signers/],
      ["grace", /is revoked/],
      ["eve", /no rule of --roles is for eve/],
    ] as const)
      expect(problemOf(await asStranger("GET", "/runs", { token: token[who] }))).toMatchObject({
        status: 401,
        detail: expect.stringMatching(why) as string,
      });
    for (const { over } of watched) await within("what he watches to end", over);
    letIn();
    writeFileSync(kit.revoked, "");
    expect((await asStranger("GET", "/runs", { token: token["ada"] })).status).toBe(200);
  });

  it("leaves his token nowhere", () => {
    const tokens = Object.values(token).flatMap((one) => [one, one.slice("rrt_".length)]);
    const { pid } = kit.program;
    const places = [
      ...readdirSync(kit.home.path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1")),
      kit.program.output(),
      ...["cmdline", "environ"].map((file) => readFileSync(`/proc/${pid}/${file}`, "latin1")),
    ];
    expect(places.length).toBeGreaterThan(5);
    expect(places.some((text) => text.includes(digestOf(token["ada"] ?? "")))).toBe(true);
    for (const text of places) expect(tokens.filter((one) => text.includes(one))).toEqual([]);
  });
});

/** The events of the run, as they come. */
async function watch(own: string): Promise<{ readonly over: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const options = kit.optionsOf("GET", `/runs/${handOver.run}/events`, {
      token: own,
      headers: { accept: "text/event-stream" },
    });
    const asked = request(options, (response) => {
      response.resume();
      const over = new Promise<void>((ended) => response.once("close", ended));
      if (response.statusCode === 200) resolve({ over });
      else reject(new Error(`status ${response.statusCode}`));
    });
    asked.on("error", reject);
    asked.end();
  });
}
