import { copyFileSync, existsSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { API, type RunRow } from "@roadrunner/engine/api";
import { askSocket, handOverOf, planOf } from "../coordinator/kit.ts";
import { ask, sample } from "../health/ask.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startCoordinator } from "../support/processes.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";
import { makeCertificate } from "./certificates.ts";
import { DoorsKit } from "./doors-kit.ts";

failOnLeftovers();

let kit: DoorsKit;
let home: TempDir;
let socket = "";
let second = 0;
let metrics = 0;

beforeAll(async () => {
  home = makeTempDir("several-doors");
  socket = join(home.path, "c.sock");
  [second, metrics] = [await findFreePort(), await findFreePort()];
  kit = await DoorsKit.start([
    ...["--listen", `unix:${socket},127.0.0.1:${second}`, "--metrics-port", String(metrics)],
  ]);
  kit.keys.make("ada");
  kit.allow("ada");
});

afterAll(async () => {
  await kit.stop();
  home.remove();
});

const bySocket = (method: string, path: string, body?: unknown, headers = {}) =>
  askSocket(socket, method, `${API}${path}`, body, headers);

/** At the second port. */
function statusThere(path: string, token?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { ...kit.optionsOf("GET", path, { token }), port: second, agent: false };
    request(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

function certificateAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const tls = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(tls.getPeerCertificate().fingerprint256);
      tls.destroy();
    });
    tls.on("error", reject);
  });
}

function runOf(name: string) {
  return handOverOf(planOf({ name, slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }] }));
}

it("a socket and ports lead to the same runs: on the socket nobody logs in, and at each port everybody", async () => {
  const token = await kit.tokenOf("ada");
  const [hers, owners] = [runOf("hers"), runOf("owners")];
  expect((await kit.ask("POST", "/runs", { token, body: hers })).status).toBe(201);
  expect((await bySocket("POST", "/runs", owners)).status).toBe(201);
  for (const { json } of [await bySocket("GET", "/runs"), await kit.ask("GET", "/runs", { token })]) {
    const { runs } = json as { readonly runs: readonly RunRow[] };
    expect(Object.fromEntries(runs.map(({ name, principal }) => [name, principal]))).toEqual({
      ...{ hers: "ada", owners: undefined },
    });
  }
  expect((await bySocket("POST", `/runs/${hers.run}/stop`)).json).toMatchObject({ whose: "ada" });
  const others = await kit.ask("POST", `/runs/${owners.run}/stop`, { token });
  expect(others).toMatchObject({ status: 403, json: { code: "notAllowed" } });
  expect(await statusThere("/runs", token)).toBe(200);
  expect([await statusThere("/runs"), (await kit.ask("GET", "/runs")).status]).toEqual([401, 401]);
  expect(await statusThere("/runs", `rrt_${"B".repeat(43)}`)).toBe(401);
  // What somebody says of himself there changes nothing.
  const headers = { authorization: `Bearer rrt_${"B".repeat(43)}` };
  expect((await bySocket("GET", "/runs", undefined, headers)).status).toBe(200);
  expect(await bySocket("POST", "/login/challenge")).toMatchObject({ status: 404 });
  const signed = await kit.tryLogin("ada", { server: `127.0.0.1:${second}` });
  expect(signed.status).toBe(201);
});

it("all of them are told: in the log, to whoever is logged in, and in the metrics", async () => {
  const listen = [`https://127.0.0.1:${kit.port}`, `unix:${socket}`, `https://127.0.0.1:${second}`];
  const token = await kit.tokenOf("ada");
  for (const { json } of [await bySocket("GET", "/health"), await kit.ask("GET", "/health", { token })])
    expect((json as { readonly listen: readonly string[] }).listen.toSorted()).toEqual(listen.toSorted());
  expect((await kit.ask("GET", "/health")).json).toEqual({ ok: true });
  const { text } = await ask(metrics, "/metrics");
  for (const address of listen) {
    expect(sample(text, `roadrunner_coordinator_listen_info{address="${address}"}`)).toBe(1);
    expect(/"listen":"([^"]*)"/.exec(kit.program.output())?.[1]?.split(",")).toContain(address);
  }
});

it("a renewed certificate is served at every port", async () => {
  const before = await certificateAt(kit.port);
  expect(await certificateAt(second)).toBe(before);
  const next = makeCertificate(kit.home.path, "next");
  copyFileSync(next.cert, kit.certificate.cert);
  copyFileSync(next.key, kit.certificate.key);
  await kit.program.waitFor("the certificate was renewed");
  await until("both to serve it", async () => {
    const [one, other] = [await certificateAt(kit.port), await certificateAt(second)];
    return one !== before && one === other;
  });
});

it("one that may not be listened at is named, and none of the others is left open", async () => {
  const path = join(home.path, "other.sock");
  const start = (...args: readonly string[]) =>
    startCoordinator(["--servers", "127.0.0.1:1", "--listen", `unix:${path}`, "--listen", ...args], {
      home: home.path,
    });
  const signers = ["--allowed-signers", kit.allowed];
  const [unsigned, bare, taken] = [
    start("0.0.0.0:4780"),
    start("127.0.0.1:4780,0.0.0.0:4781", ...signers),
    start(`127.0.0.1:${kit.port}`, ...signers),
  ];
  expect(await within("it to end", unsigned.exited)).toMatchObject({ code: 2 });
  expect(unsigned.stderr()).toMatch(/^rr-coordinator: --listen 0\.0\.0\.0:4780 needs --allowed-signers FILE/);
  expect(await within("it to end", bare.exited)).toMatchObject({ code: 2 });
  expect(bare.stderr()).toMatch(/^rr-coordinator: --listen 0\.0\.0\.0:4781 needs --tls-cert FILE/);
  expect(await within("it to end", taken.exited)).toMatchObject({ code: 3 });
  expect(taken.output()).toContain(
    `--listen 127.0.0.1:${kit.port}: it cannot be listened on: another program`,
  );
  expect(existsSync(path)).toBe(false);
});
