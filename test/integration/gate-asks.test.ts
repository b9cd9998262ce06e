import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GateQuestion } from "@roadrunner/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, sample } from "../health/ask.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startWorker } from "../support/processes.ts";
import { startPrometheus, type Prometheus } from "../support/prometheus.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { GateAddresses } from "./gate-addresses.ts";
import { GateAsker, type Answer } from "./gate-asker.ts";

failOnLeftovers();

/** One worker with one place, which is taken all the time. */
const FUNCTION = "rr-gate.dc1";
let gearmand: Gearmand;
let sshd: Sshd;
let temp: TempDir;
let worker: ChildProgram;
let asker: GateAsker;
let prometheus: Prometheus;
let site: GateAddresses;
let elsewhere: GateAddresses;
let metricsPort: number;
let place: Promise<unknown>;

beforeAll(async () => {
  temp = makeTempDir("gates");
  writeFileSync(join(temp.path, "prom"), "hunter2hunter2\n", { mode: 0o600 });
  writeFileSync(join(temp.path, "open"), "hunter2hunter2\n", { mode: 0o644 });
  writeFileSync(join(temp.path, "odd"), "two words", { mode: 0o600 });
  elsewhere = await GateAddresses.start();
  site = await GateAddresses.start(elsewhere.host);
  [gearmand, sshd, metricsPort] = await Promise.all([
    startGearmand(),
    startSshd({ hosts: ["mon1"] }),
    findFreePort(),
  ]);
  prometheus = await startPrometheus(site.host, "latency");
  const paths =
    "well sick token echo hang endless flood broken closed page moved moved-token away away-twice outside odd loop a";
  const urls = [
    ...paths.split(" ").map((path) => `http://${site.host}/${path}`),
    ...[`http://${prometheus.host}/`, "http://nobody.invalid", "http://127.0.0.1:1", `https://${site.host}`],
    ...["http://192.0.2.1/well"],
  ];
  asker = await GateAsker.connect(gearmand, "site1.", temp.path);
  worker = startWorker([
    ...["--servers", gearmand.server, "--function-prefix", "site1.", "--pool", "dc1", "--concurrency", "1"],
    ...["--ssh-config", sshd.sshConfigFile, "--secrets-dir", temp.path, "--gate-urls", urls.join(",")],
    ...["--metrics-port", String(metricsPort), "--audit-log", join(temp.path, "audit")],
    ...[
      "--allowed-signers",
      join(temp.path, "allowed_signers"),
      "--pool-key-file",
      join(temp.path, "pool.keys"),
    ],
  ]);
  await until(
    "the worker to serve gates",
    async () => (await gearmand.status(`site1.${FUNCTION}`)).workers === 1,
    {
      lastSeen: () => worker.output(),
    },
  );
  place = asker.workload("rr-run.dc1", { host: "mon1", command: "sleep 600" }).catch(() => undefined);
  await until(
    "its only place to be taken",
    async () => sample(await metrics(), "roadrunner_worker_tasks_running") === 1,
  );
}, 60_000);

afterAll(async () => {
  await asker.close();
  await worker.kill();
  await place;
  await Promise.all([prometheus.stop(), site.stop(), elsewhere.stop(), gearmand.stop(), sshd.stop()]);
  temp.remove();
});

const metrics = async () => (await ask(metricsPort, "/metrics")).text;

const question = async (what: Partial<GateQuestion>): Promise<unknown> => {
  const answer = await asker.question(FUNCTION, what);
  expect(answer).toMatchObject({ v: 1, isItsOwn: true, worker: expect.any(String) as string });
  return answer["reading"];
};
const http = (path: string, more: Partial<GateQuestion> = {}, token?: string) =>
  question({
    http: { url: `http://${site.host}${path}`, ...(token === undefined ? {} : { token }) },
    ...more,
  });
const query = (text: string) => question({ prometheus: { url: `http://${prometheus.host}`, query: text } });
const asPrometheus = (path: string, more: Partial<GateQuestion> = {}, token?: string) =>
  question({
    prometheus: { url: `http://${site.host}${path}`, query: "up", ...(token === undefined ? {} : { token }) },
    ...more,
  });
const none = (reason: RegExp) => ({ kind: "none", reason: expect.stringMatching(reason) as string });

describe("a worker whose only place is taken", () => {
  it("reads a value of Prometheus, and says what there is instead of one", async () => {
    expect(await query("latency * 1000")).toEqual({ kind: "value", value: 250 });
    expect(await query("scalar(latency)")).toEqual({ kind: "value", value: 0.25 });
    expect(await query("nothing_of_that_name")).toEqual(none(/^no data/));
    expect(await query("many")).toEqual(none(/^2 series answer the query/));
    expect(await query("broken")).toEqual(none(/^the value is NaN/));
    expect(await query("endless")).toEqual(none(/^the value is \+Inf/));
    expect(await query("latency[1m]")).toEqual(none(/^the query gives a matrix/));
    expect(await query("latency(")).toEqual(none(/answered with status 400: .*parse error/));
  });

  it("reads a status, and no body", async () => {
    expect(await http("/well")).toEqual({ kind: "status", status: 200 });
    expect(await http("/sick")).toEqual({ kind: "status", status: 503 });
    expect(await http("/endless")).toEqual({ kind: "status", status: 200 });
    expect(await http("/flood")).toEqual({ kind: "status", status: 200 });
    expect(await http("/moved")).toEqual({ kind: "status", status: 200 });
  });

  it("says why there is no reading", async () => {
    expect(await http("/hang", { timeoutMs: 300 })).toEqual(
      none(/^no answer from 127\.0\.0\.1:\d+ within 0\.3 s$/),
    );
    expect(await asPrometheus("/sick")).toEqual(none(/answered with status 503: query timed out\u241b\[2J$/));
    expect(await asPrometheus("/endless", { timeoutMs: 300 })).toEqual(none(/had no end within 0\.3 s$/));
    expect(await asPrometheus("/flood")).toEqual(none(/is longer than 1048576 bytes$/));
    expect(await asPrometheus("/broken")).toEqual(none(/broke off$/));
    expect(await asPrometheus("/page")).toEqual(none(/is not JSON/));
    expect(await http("/closed")).toEqual(none(/closed the connection without an answer$/));
    expect(await question({ http: { url: "http://127.0.0.1:1/" } })).toEqual(
      none(/^connection to 127\.0\.0\.1:1 refused/),
    );
    expect(await question({ http: { url: `https://${site.host}/well` } })).toEqual(
      none(/^TLS with .* failed: wrong version/),
    );
    expect(await question({ http: { url: "http://nobody.invalid/" } })).toEqual(
      none(/^the name nobody\.invalid (?:does not exist|could not be looked up)|^no answer/),
    );
  });

  it("asks nothing that it may not, by whatever way", async () => {
    const outside = none(/is not among the addresses that this worker may ask \(--gate-urls\)$/);
    const [, port] = site.host.split(":");
    const { length } = site.heard;
    expect(await http("/hidden")).toEqual(outside);
    expect(await http("/wellness")).toEqual(outside);
    expect(await question({ http: { url: `http://${elsewhere.host}/well` } })).toEqual(outside);
    expect(await question({ http: { url: `http://[::ffff:127.0.0.1]:${port}/well` } })).toEqual(outside);
    expect(await question({ http: { url: `http://localhost:${port}/well` } })).toEqual(outside);
    expect(await http("/well/..%2fhidden")).toEqual(none(/^its address holds an encoded slash/));
    expect(
      await question({ http: { url: `http://${site.host}/well@${elsewhere.host}/../../hidden` } }),
    ).toEqual(outside);
    expect(await question({ http: { url: `http://${site.host}@${elsewhere.host}/well` } })).toEqual(
      none(/^its address holds a user or a password/),
    );
    expect(await question({ http: { url: `http://${site.host}/\twell` } })).toEqual(
      none(/^its address holds a space/),
    );
    expect(site.heard.slice(length)).toEqual([]);
    const away = none(
      new RegExp(`redirects to http://${elsewhere.host}/well, which this worker may not ask`),
    );
    expect(await http("/away")).toEqual(away);
    expect(await http("/away-twice")).toEqual(away);
    expect(await http("/outside")).toEqual(none(/redirects to .*\/hidden, which this worker may not ask/));
    expect(await http("/odd")).toEqual(none(/redirects to an address that holds a user or a password/));
    expect(await http("/loop")).toEqual(none(/redirects once more after 5 redirects$/));
    expect(elsewhere.heard).toEqual([]);
    expect(site.heard.filter((line) => line.startsWith("/hidden"))).toEqual([]);
  });

  it("sends a token that it keeps, shows it to nobody, and not where it can be read", async () => {
    expect(await http("/token", {}, "prom")).toEqual({ kind: "status", status: 200 });
    expect(await http("/token")).toEqual({ kind: "status", status: 401 });
    expect(await http("/moved-token", {}, "prom")).toEqual({ kind: "status", status: 200 });
    expect(await asPrometheus("/echo", {}, "prom")).toEqual(
      none(/status 400: not you, Bearer \[secret prom\]$/),
    );
    expect(await http("/token", {}, "missing")).toEqual(
      none(/^secret missing: this worker keeps none of that name/),
    );
    expect(await http("/token", {}, "open")).toEqual(none(/^secret open: .* chmod/));
    expect(await http("/token", {}, "odd")).toEqual(none(/^secret odd: it is no bearer token/));
    expect(await question({ http: { url: "http://192.0.2.1/well", token: "prom" } })).toEqual(
      none(/^the token prom is not sent to 192\.0\.2\.1 by http/),
    );
    expect(worker.output() + readFileSync(join(temp.path, "audit"), "utf8")).not.toContain("hunter2");
  });

  const check = (functionName: string, command: string, gate?: string) =>
    asker.workload(functionName, { host: "mon1", command }, gate);

  it("runs the check of a gate, and no task, on the gates' places", async () => {
    expect(await check(FUNCTION, "echo $RR_JOB; exit 3", "health")).toMatchObject({
      outcome: "failed",
      exitCode: 3,
      stdout: "j\n",
    });
    expect(await check(FUNCTION, "true", "health")).toMatchObject({ outcome: "ok", host: "mon1" });
    expect(await check(FUNCTION, "true")).toMatchObject({
      outcome: "refused",
      reason: expect.stringMatching(/takes what gates ask, and no tasks$/) as string,
    });
  });

  it("answers no stranger, as what he asks for", async () => {
    const gate = { name: "g", run: "r", slot: 1, job: "j", ask: 1, client: "c", submission: "abcd1234" };
    const { length } = site.heard;
    expect(
      await asker.unsigned(FUNCTION, { gate, timeoutMs: 1000, http: { url: `http://${site.host}/well` } }),
    ).toMatchObject({
      reading: none(/^refused: it is not sealed/),
    });
    expect(await asker.unsigned(FUNCTION, { host: "mon1", command: "true" })).toMatchObject({
      outcome: "refused",
    });
    expect(await asker.submit("gate", FUNCTION, { gate: 1 }, "bad")).toMatchObject({
      reading: none(/^refused: the gate question is not valid/),
    });
    expect(site.heard.length).toBe(length);
  });

  it("counts what it was asked, and writes down each question and who asked", async () => {
    const text = await metrics();
    const counted = (result: string) => sample(text, `roadrunner_worker_gate_asks_total{result="${result}"}`);
    expect([counted("value"), counted("exit")]).toEqual([2, 2]);
    expect(counted("status")).toBeGreaterThan(5);
    expect(counted("none")).toBeGreaterThan(20);
    expect(sample(text, 'roadrunner_worker_tasks_total{outcome="failed",blame="host"}')).toBe(0);
    expect(sample(text, "roadrunner_worker_tasks_running")).toBe(1);
    const lines = readFileSync(join(temp.path, "audit"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
    expect(lines).toContainEqual(
      expect.objectContaining({
        principal: "alice",
        function: FUNCTION,
        gate: "g",
        query: "latency * 1000",
        reading: "value",
        value: 250,
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ gate: "health", host: "mon1", outcome: "failed", exitCode: 3 }),
    );
  });

  it("takes no more questions while it drains, and ends those under way when it has to leave", async () => {
    const hanging = http("/hang", { timeoutMs: 60_000 });
    const { length } = site.heard;
    await until("the question to be asked", () =>
      site.heard.slice(length).some((line) => line.startsWith("/hang")),
    );
    worker.signal("SIGTERM");
    await worker.waitFor("draining");
    const late = http("/well").catch(() => "unanswered");
    await until(
      "it to wait in the queue",
      async () => (await gearmand.status(`site1.${FUNCTION}`)).total === 2,
    );
    expect(sample(await metrics(), "roadrunner_worker_gates_asked")).toBe(1);
    worker.signal("SIGTERM");
    expect(await hanging).toEqual(none(/^no answer from .* before this worker had to leave$/));
    await worker.exited;
    expect((await gearmand.status(`site1.${FUNCTION}`)).total).toBe(1);
    await asker.close();
    expect(await late).toBe("unanswered");
  });
});

it("refuses addresses that cannot be meant, at its start", async () => {
  const wrong = startWorker(["--servers", gearmand.server, "--gate-urls", "http://user@prometheus"]);
  expect(await wrong.exited).toMatchObject({ code: 2 });
  expect(wrong.stderr()).toContain('--gate-urls: "http://user@prometheus" holds a user or a password');
});
