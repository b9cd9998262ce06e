import { request } from "node:http";
import { join } from "node:path";
import { readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { API } from "@roadrunner/engine/api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, sample } from "../health/ask.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, Site } from "../support/site.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";
import { CoordinatorKit, handOverOf, planOf } from "./kit.ts";

failOnLeftovers();

const HOSTS = 16;

let site: Site;
let kit: CoordinatorKit;
let port: number;
const keys = makeTempDir("keys");
beforeAll(async () => {
  const poolKey = join(keys.path, "pool.key");
  writeFileSync(poolKey, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  port = await findFreePort();
  site = await Site.start({
    hosts: names("h", HOSTS),
    workers: 1,
    workerArgs: ["--pool-key-file", poolKey],
  });
  kit = await CoordinatorKit.start([
    ...["--servers", site.gearmand.server],
    ...["--pool-key-file", poolKey],
    ...["--metrics-port", String(port)],
  ]);
});
afterAll(async () => {
  await kit.stop();
  await site.stop();
  keys.remove();
});

const plan = (name: string, command: string, params: object = {}, hosts = `h[1-${HOSTS}]`) =>
  planOf({ name, params, slots: [{ jobs: [{ name: "work", hosts, command }] }] });
const metric = async (name: string) =>
  sample((await ask(port, "/metrics")).text, `roadrunner_coordinator_${name}`);

it("200 who watch a run get each event once and in order, those who come late and those who come again too", async () => {
  const allWatch = join(keys.path, "all-watch");
  const run = await kit.handOver(plan("watched", `until test -e ${allWatch}; do sleep 0.1; done; echo done`));
  const watching = Array.from({ length: 200 }, () => kit.watch(run));
  await until("all to watch", async () => (await metric("watchers")) === 200);
  const left = watching.slice(0, 20);
  await until("some events", () => left.every(({ numbers }) => numbers.length > 10));
  writeFileSync(allWatch, "");
  for (const one of left) one.leave();
  const again = left.map(({ numbers }) => kit.watch(run, { "last-event-id": String(numbers.at(-1)) }));
  expect(await kit.ended(run)).toBe("succeeded");
  const late = kit.watch(run);
  const stayed = watching.slice(20);
  await within("the streams to end", Promise.all([...stayed, ...again, late].map(({ over }) => over)));
  const events = await kit.events(run);
  const all = events.map((_, index) => index + 1);
  for (const { numbers } of [...stayed, late]) expect(numbers).toEqual(all);
  for (const [index, { numbers }] of again.entries())
    expect([...(left[index]?.numbers ?? []), ...numbers]).toEqual(all);
  expect(late.events).toEqual(events);
  await until("nobody to watch", async () => (await metric("watchers")) === 0);
});

it("who takes nothing holds nobody up, and nothing is kept for him when he has gone", async () => {
  const command = "head -c 200000 /dev/zero | tr '\\\\0' x";
  const end = join(keys.path, "end");
  const waits = { name: "wait", hosts: "h1", command: `until test -e ${end}; do sleep 0.1; done` };
  const idlePlan = planOf({
    name: "idle",
    slots: [{ jobs: [{ name: "work", hosts: "h[1-10]", command }] }, { jobs: [waits] }],
  });
  const run = await kit.handOver(idlePlan, {
    carry: { ...handOverOf(plan("x", "true")).carry, keepOutputBytes: 400_000 },
  });
  const idle = request({
    socketPath: kit.socket,
    path: `${API}/runs/${run}/events`,
    headers: { accept: "text/event-stream" },
  });
  idle.on("error", () => undefined);
  idle.on("response", (response) => response.pause());
  idle.end();
  const watching = kit.watch(run);
  await until("all of the output", () =>
    watching.events.some((event) => event.type === "slot.started" && event.slot === 2),
  );
  expect(await metric("watchers")).toBe(2);
  // He stands in the middle of what he does not take.
  idle.destroy();
  await until("him to be forgotten", async () => (await metric("watchers")) === 1);
  writeFileSync(end, "");
  expect(await kit.ended(run)).toBe("succeeded");
  await within("the other stream to end", watching.over);
  expect(watching.events.at(-1)).toMatchObject({ type: "run.ended" });
});

it("a flow with a secret is carried, over kill -9 too; the value stands in no log, no event and no row of the store", async () => {
  const secret = `s3cr3t-${randomBytes(8).toString("hex")}`;
  const params = { password: { type: "secret" } };
  const run = await kit.handOver(
    plan("secret", `sleep 1; test "$password" = ${secret.slice(0, 6)}"\${password#s3cr3t}"`, params),
    {
      secrets: { password: secret },
    },
  );
  await until(
    "it to run",
    async () => (await metric("appends_total")) > 0 && (await kit.row(run)).started !== "",
  );
  await kit.program.kill();
  const before = kit.program.output();
  await kit.restart();
  expect(await kit.ended(run)).toBe("succeeded");
  expect(JSON.stringify(await kit.events(run))).not.toContain(secret);
  expect(before + kit.program.output()).not.toContain(secret);
  const store = join(kit.home.path, "state/roadrunner/store.db");
  for (const path of [store, `${store}-wal`]) expect(readFileSync(path).includes(secret)).toBe(false);
});

it("tells Prometheus and probes how it stands", async () => {
  expect(await ask(port, "/readyz")).toMatchObject({ status: 200, text: "ready\n" });
  const text = (await ask(port, "/metrics")).text;
  const of = (name: string) => sample(text, `roadrunner_coordinator_${name}`);
  expect(of("runs_carried")).toBe(0);
  expect(of("epochs_taken_total")).toBe(1);
  expect(of("leases_lost_total")).toBe(0);
  expect(of("events_appended_total")).toBeGreaterThan(10);
  expect(of('store_seconds_count{what="append",result="ok"}')).toBeGreaterThan(0);
  expect(text).toMatch(/roadrunner_coordinator_info\{id="\w{12}",version="[\d.]+",store="sqlite"\} 1/);
  expect((await kit.ask("GET", "/health")).json).toMatchObject({
    ok: true,
    store: "sqlite",
    carried: 0,
    reasons: [],
  });
});
