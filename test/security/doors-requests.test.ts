import { readFileSync } from "node:fs";
import { API } from "@roadrunner/engine/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handOverOf, planOf } from "../coordinator/kit.ts";
import { DoorsKit, problemOf } from "../doors/doors-kit.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { beginHandshake, sayRaw, type RawAnswer } from "./raw-request.ts";

failOnLeftovers();

let kit: DoorsKit;
let ada: string;
let eve: string;
const plan = planOf({ name: "shop", slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }] });
const { run, ...handOver } = handOverOf(plan);

beforeAll(async () => {
  kit = await DoorsKit.start();
  for (const name of ["ada", "eve"]) kit.keys.make(name);
  kit.allow("ada", "eve");
  kit.giveRoles({ ada: "all", eve: "view" });
  [ada, eve] = [await kit.tokenOf("ada"), await kit.tokenOf("eve")];
  const answer = await kit.ask("POST", "/runs", { token: ada, body: { ...handOver, run } });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.json));
});
afterAll(() => kit.stop());

/** A box of its own for each: one that asks too often is heard no more. */
let boxes = 0;
const raw = async (said: string | Buffer, everyMs?: number): Promise<RawAnswer> =>
  sayRaw(said, {
    port: kit.port,
    localAddress: `127.0.8.${(boxes += 1)}`,
    ...(everyMs === undefined ? {} : { everyMs }),
  });
const request = (method: string, target: string, headers: readonly string[] = [], body = ""): string =>
  [`${method} ${target} HTTP/1.1`, "host: 127.0.0.1", "connection: close", ...headers, "", body].join("\r\n");

/** Nothing was done to the run. */
async function untouched(): Promise<void> {
  const row = (await kit.ask("GET", `/runs/${run}`, { token: ada })).json as { readonly state: string };
  expect(["open", "running"]).toContain(row.state);
  const log = kit.program.output();
  expect(log).not.toMatch(/asked to (stop|kill) a run"/);
}

describe("a path", () => {
  it.each([
    `${API}/health/../runs`,
    `${API}/health/%2e%2e/runs`,
    `${API}/health/..%2fruns`,
    `${API}/login/challenge/../../runs`,
    `/${API}/runs`,
    `${API}//runs`,
    `${API}/runs/`,
    `${API}/./runs`,
    `${API}/RUNS`,
    `${API}/runs%00`,
    `${API}/runs;x=/health`,
    `${API}/runs#/health`,
    `${API}/runs?x=${API}/health`,
    `${API}/%72uns`,
    `${API}\\runs`,
    `${API}/runs/%2e%2e/health/../runs`,
    `${API}/runs/${"x".repeat(5000)}`,
    `https://127.0.0.1${API}/runs`,
    `http://evil.example${API}/runs`,
    `//evil.example${API}/runs`,
    "*",
  ])("%s shows no run to a stranger", async (path) => {
    const { statuses, text } = await raw(request("GET", path));
    expect(statuses).toHaveLength(1);
    expect([400, 401, 404]).toContain(statuses[0]);
    expect(text).not.toContain(run);
  });

  it("with a NUL, or longer than may be, is no request", async () => {
    expect((await raw(request("GET", `${API}/runs\0`))).statuses).toEqual([400]);
    expect((await raw(request("GET", `${API}/${"x".repeat(20_000)}`))).statuses).toEqual([431]);
    expect((await raw(request("GET", `${API}/runs`, [`x: ${"y".repeat(20_000)}`]))).statuses).toEqual([431]);
  });
});

describe("a request that says that it is another one", () => {
  const bearer = (token: string) => `authorization: Bearer ${token}`;

  it.each(["x-http-method-override", "x-method-override", "x-http-method", "_method"])(
    "by %s is what it is",
    async (header) => {
      const path = `${API}/runs/${run}/stop`;
      expect((await raw(request("GET", path, [bearer(eve), `${header}: POST`]))).statuses).toEqual([405]);
      expect(
        (await raw(request("POST", path, [bearer(eve), `${header}: GET`, "content-length: 0"]))).statuses,
      ).toEqual([403]);
      await untouched();
    },
  );

  it.each(["x-original-url", "x-rewrite-url", "x-forwarded-path", "x-forwarded-prefix"])(
    "by %s is what it is",
    async (header) => {
      const { statuses } = await raw(request("GET", `${API}/runs`, [`${header}: ${API}/health`]));
      expect(statuses).toEqual([401]);
    },
  );

  it.each(["get", "Get", "GETX", "PRI", "CONNECT", "TRACE", "OPTIONS", "PROPFIND"])(
    "%s does nothing",
    async (method) => {
      const { statuses, text } = await raw(request(method, `${API}/runs`, [bearer(ada)]));
      expect(statuses.every((status) => status >= 400)).toBe(true);
      expect(text).not.toContain(run);
    },
  );

  it("HEAD shows a stranger nothing", async () => {
    expect((await raw(request("HEAD", `${API}/runs`))).statuses).toEqual([401]);
  });

  it("with another host, or none, or two, is not answered for that one", async () => {
    const asked = (...hosts: string[]) =>
      [`GET ${API}/runs HTTP/1.1`, "connection: close", ...hosts.map((host) => `host: ${host}`), "", ""].join(
        "\r\n",
      );
    for (const host of [
      "evil.example",
      "evil.example:443@127.0.0.1",
      "[::1]:1",
      "a b",
      "x/../..",
      "\u00e9",
      "",
    ]) {
      const { statuses, text } = await raw(asked(host));
      expect([400, 401]).toContain(statuses[0]);
      expect(text).not.toContain("evil");
    }
    expect((await raw(asked())).statuses).toEqual([400]);
    const twice = await raw(asked("127.0.0.1", "evil.example"));
    expect([400, 401]).toContain(twice.statuses[0]);
  });
});

describe("two requests in one", () => {
  const hidden = `GET ${API}/health HTTP/1.1\r\nhost: x\r\n\r\n`;

  it.each<[string, readonly string[], string]>([
    ["a length and chunks", ["content-length: 5", "transfer-encoding: chunked"], `0\r\n\r\n${hidden}`],
    ["chunks and a length", ["transfer-encoding: chunked", "content-length: 5"], `0\r\n\r\n${hidden}`],
    ["two lengths", ["content-length: 0", `content-length: ${hidden.length}`], hidden],
    ["a list of lengths", [`content-length: 0, ${hidden.length}`], hidden],
    ["a length with a sign", [`content-length: +${hidden.length}`], hidden],
    ["chunks by another name", ["transfer-encoding: xchunked"], `0\r\n\r\n${hidden}`],
    ["chunks and then nothing", ["transfer-encoding: chunked, identity"], `0\r\n\r\n${hidden}`],
    ["chunks twice", ["transfer-encoding: chunked", "transfer-encoding: identity"], `0\r\n\r\n${hidden}`],
    ["a name with a space", ["transfer-encoding : chunked"], `0\r\n\r\n${hidden}`],
    ["a folded line", ["x: y", " transfer-encoding: chunked"], `0\r\n\r\n${hidden}`],
    ["a chunk whose length is none", ["transfer-encoding: chunked"], `0x5\r\nhello\r\n0\r\n\r\n${hidden}`],
    ["a bare line feed", ["x: y\ntransfer-encoding: chunked"], `0\r\n\r\n${hidden}`],
  ])("%s: what is hidden is not answered", async (_what, headers, body) => {
    const lines = [`POST ${API}/login HTTP/1.1`, "host: 127.0.0.1", "content-type: application/json"];
    const { statuses } = await raw([...lines, ...headers, "", body].join("\r\n"));
    // Where the request had begun to be answered, the connection is cut instead.
    expect(statuses.length).toBeLessThan(2);
    expect(statuses.every((status) => status >= 400)).toBe(true);
  });
});

describe("what a proxy would say", () => {
  it("is not believed: neither for how often one may ask, nor in the log", async () => {
    const statuses = new Set<number>();
    for (let count = 0; count < 2000 && !statuses.has(429); count += 1) {
      const forged = `198.51.100.${count % 250}`;
      const answer = await kit.ask("POST", "/login/challenge", {
        localAddress: "127.0.7.1",
        headers: {
          ...{ "x-forwarded-for": forged, forwarded: `for=${forged}` },
          ...{ "x-real-ip": forged, "x-client-ip": forged },
        },
      });
      statuses.add(answer.status);
    }
    expect([...statuses]).toEqual([200, 429]);
    expect((await kit.ask("POST", "/login/challenge", { localAddress: "127.0.7.2" })).status).toBe(200);
    kit.keys.make("stranger");
    const refused = await kit.ask("POST", "/login", {
      body: await kit.signed("stranger"),
      localAddress: "127.0.7.3",
      headers: {
        "x-forwarded-for": "198.51.100.99",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "evil.example",
      },
    });
    expect(refused.status).toBe(403);
    await kit.program.waitFor('"from":"127.0.7.3"');
    expect(kit.program.output()).not.toMatch(/198\.51\.100|evil\.example/);
  });
});

describe("what is large, deep or slow", () => {
  const memory = (): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${kit.program.pid}/status`, "utf8"))?.[1]) / 1024;
  const JSON_TYPE = "content-type: application/json";

  it("100 MB are not read: a stranger's not at all, and those of who is logged in up to 64 MiB", async () => {
    const before = memory();
    const announced = [JSON_TYPE, "content-length: 104857600"];
    expect((await raw(request("POST", `${API}/runs`, announced, "{"))).statuses).toEqual([401]);
    expect((await raw(request("POST", `${API}/login`, announced, "{"))).statuses).toEqual([413]);
    expect(
      (await raw(request("POST", `${API}/runs`, [...announced, `authorization: Bearer ${ada}`], "{")))
        .statuses,
    ).toEqual([413]);
    const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
    const chunks = [JSON_TYPE, "transfer-encoding: chunked"];
    expect((await raw(request("POST", `${API}/login`, chunks, chunk.repeat(32)))).statuses).toEqual([413]);
    const ofHers = request(
      "POST",
      `${API}/runs`,
      [...chunks, `authorization: Bearer ${ada}`],
      chunk.repeat(1600),
    );
    expect((await raw(ofHers)).statuses).toEqual([413]);
    expect(memory() - before).toBeLessThan(250);
  });

  it("JSON that is nested 100,000 levels deep is refused", async () => {
    for (const text of ["[".repeat(100_000), '{"a":'.repeat(100_000)])
      expect(problemOf(await kit.ask("POST", "/runs", { token: ada, body: text }))).toMatchObject({
        status: 400,
        detail: expect.stringMatching(/nested deeper than/) as string,
      });
    const small = "[".repeat(30_000);
    expect(
      (await raw(request("POST", `${API}/login`, [JSON_TYPE, `content-length: ${small.length}`], small)))
        .statuses,
    ).toEqual([400]);
  });

  it("handshakes, headers and bodies of strangers that do not come to an end are ended, and keep nobody waiting", async () => {
    const slowly = async (said: string) => (await raw(said, 100)).tookMs;
    const login = request("POST", `${API}/login`, [JSON_TYPE, "content-length: 60000"], "{");
    const slow: readonly (readonly [string, Promise<number>])[] = [
      ["a handshake", beginHandshake(kit.port)],
      ["headers", slowly(request("GET", `${API}/runs`, [`x: ${"y".repeat(1000)}`]))],
      ["a body", raw(login).then(({ tookMs }) => tookMs)],
    ];
    const first = Promise.race(slow.map(async ([what, took]) => `${what} ended after ${await took} ms`));
    const asked = kit.ask("GET", "/runs", { token: ada }).then(({ status }) => status);
    expect(await Promise.race([asked, first])).toBe(200);
    // After 5 s, and Node's own bounds are one to five minutes.
    for (const [what, took] of slow) expect(await took, what).toBeLessThan(40_000);
  });
});
