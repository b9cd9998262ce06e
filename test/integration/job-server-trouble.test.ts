import { connect, createServer } from "node:net";
import { join } from "node:path";
import { formatServer, startEmbeddedServer } from "@roadrunner/core/gearman";
import { makeTempDir } from "../support/temp-dir.ts";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { connectRawPeer } from "../gearman/raw-peers.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { flap, swap } from "../support/gearman-faults.ts";
import { GearmanProxy } from "../support/gearman-proxy.ts";
import { startGearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startWorker } from "../support/processes.ts";
import { eventsOf, outcomes, Site } from "../support/site.ts";
import { submitHere } from "../support/submit-here.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

let site: Site;
beforeAll(async () => {
  site = await Site.start({ hosts: ["db1", "db2", "db3"], workers: 1 });
});
beforeEach(async () => {
  await site.replaceEnded();
});
afterAll(async () => {
  await site.stop();
});

const flow = (command = "true") => ({
  name: "trouble",
  slots: [{ jobs: [{ name: "work", hosts: "db[1-3]", command }] }],
});

async function proxied(): Promise<GearmanProxy> {
  const proxy = await GearmanProxy.start(site.gearmand);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Killed at the end of the test. */
function startWorkerOn(server: string, args: readonly string[] = []): ChildProgram {
  const worker = startWorker(["--servers", server, "--ssh-config", site.sshd.sshConfigFile, ...args]);
  onTestFinished(async () => void (await worker.kill()));
  return worker;
}

const endOf = (result: { readonly stdout: string }) => eventsOf(result.stdout).at(-1);

/** Commands that go on for a minute, each asked after several times, hold the places of their worker: the next test has its own. */
async function leaveTheRest(): Promise<void> {
  await site.workers[0]?.kill();
}

test("functions that others named with tabs, newlines or nothing blind neither status nor a run", async () => {
  const other = await connectRawPeer(site.gearmand.port, () => {});
  for (const name of ["", "a\tb", "c\nd", "e\n.\nf", "ERR g"]) other.send("CAN_DO", name);
  const status = await submitHere(["status", "--servers", site.gearmand.server]);
  expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining("0 of 20") as string });
  expect(await site.submit(flow())).toMatchObject({ code: 0 });
  await site.workers[0]?.kill();
  const unserved = await site.submit(flow(), ["--wait-for-workers", "1s"]);
  expect(unserved).toMatchObject({ code: 3 });
  expect(unserved.stderr).toContain("no worker serves rr-run");
});

test("a stop that finds nothing running ends at once, on a job server that tells nothing of workers", async () => {
  const proxy = await proxied();
  proxy.mute(true);
  await site.workers[0]?.kill();
  const submit = site.startSubmit(flow(), ["--output", "ndjson", "--servers", proxy.address]);
  await submit.waitFor('"task.asked"');
  submit.signal("SIGTERM");
  const { code } = await within("rr-submit to end", submit.exited, 15_000);
  expect(code, submit.output().slice(-2000)).toBe(3);
  expect(endOf({ stdout: submit.stdout() })).toMatchObject({
    type: "run.interrupted",
    reason: "stopped: nothing is known to run, and no worker answers for 3 tasks that had been submitted",
  });
});

test("where the job server tells nothing of workers, no word of any is the test", async () => {
  const proxy = await proxied();
  proxy.mute(true);
  await site.workers[0]?.kill();
  const impatient = { ...flow(), defaults: { connectTimeout: "1s" } };
  const servers = ["--servers", proxy.address];
  const result = await site.run(impatient, [...servers, "--wait-for-workers", "2s"]);
  expect(result.code).toBe(3);
  expect(endOf(result)).toMatchObject({
    type: "run.interrupted",
    reason: expect.stringContaining("no worker of rr-run took a task in 3 s") as string,
  });
  site.addWorker();
  await site.allWorkersUp();
  // Patient again: on a busy machine a login takes more than a second.
  expect(await site.run(flow(), servers)).toMatchObject({ code: 0 });
});

test("the watch for workers goes on when the job server could not tell at the start", async () => {
  const proxy = await proxied();
  proxy.mute(true);
  const submit = site.startSubmit(
    {
      ...flow("sleep 1"),
      slots: [{ jobs: [{ name: "work", hosts: "db[1-3]", command: "sleep 1", parallelism: 1 }] }],
    },
    ["--output", "ndjson", "--servers", proxy.address],
  );
  await submit.waitFor('"task.started"');
  proxy.mute(false);
  await site.workers[0]?.kill();
  const { code } = await within("rr-submit to end", submit.exited, 60_000);
  expect(code, submit.output().slice(-2000)).toBe(3);
  expect(endOf({ stdout: submit.stdout() })).toMatchObject({
    type: "run.interrupted",
    reason: expect.stringContaining("no worker serves rr-run any more") as string,
  });
});

test("a server that comes and goes is as good as none: the run is left open within --server-timeout", async () => {
  const proxy = await proxied();
  const submit = site.startSubmit(flow("sleep 60"), [
    ...["--output", "ndjson", "--servers", proxy.address],
    ...["--server-timeout", "6s"],
  ]);
  await submit.waitFor('"task.started"');
  onTestFinished(flap(proxy, 300, 300));
  const { code } = await within("rr-submit to end", submit.exited, 30_000);
  expect(code, submit.output().slice(-2000)).toBe(3);
  expect(endOf({ stdout: submit.stdout() })).toMatchObject({
    type: "run.interrupted",
    reason: expect.stringContaining("no job server answered for 6 s, or none for long") as string,
  });
  await leaveTheRest();
});

test("a connection that is cut again and again bounds the asking by --lost-timeout", async () => {
  const proxy = await proxied();
  // Held long enough for a job server that answers, and never until a command has ended.
  const cutting = setInterval(() => proxy.cut(), 3_000);
  onTestFinished(() => clearInterval(cutting));
  const result = await within(
    "the run",
    site.run(flow("sleep 60"), [
      ...["--servers", proxy.address, "--server-timeout", "4s", "--lost-timeout", "10s"],
    ]),
    60_000,
  );
  expect(result.code).toBe(1);
  expect(new Set(outcomes(result.events).values())).toEqual(new Set(["unknown"]));
  expect(result.stdout).toContain("no answer within 10s said how it ended");
  await leaveTheRest();
});

test("two jobs that get each other's handles: no host is told with the other's end", async () => {
  const proxy = await proxied();
  proxy.tamper(swap("JOB_CREATED"));
  const hosts = { db1: 7, db2: 0 } as Readonly<Record<string, number>>;
  const command = `case "$RR_HOST" in db1) exit 7;; esac`;
  const submit = site.startSubmit(
    { name: "swapped", slots: [{ jobs: [{ name: "work", hosts: "db[1-2]", command, success: "0%" }] }] },
    ["--output", "ndjson", "--servers", proxy.address],
  );
  await submit.waitFor("an answer is not believed");
  proxy.tamper();
  const { code } = await within("rr-submit to end", submit.exited, 60_000);
  expect(code, submit.output().slice(-3000)).toBe(0);
  const ends = eventsOf(submit.stdout()).filter((event) => event.type === "task.ended");
  expect(Object.fromEntries(ends.map(({ host, exitCode }) => [host, exitCode]))).toEqual(hosts);
});

test("a gearmand whose handles come twice: the run is left open, with the option against it", async () => {
  const cutting = await startGearmand({ args: [`--job-handle-prefix=${"H:".padEnd(62, "x")}`] });
  onTestFinished(async () => cutting.stop());
  startWorkerOn(cutting.server);
  const result = await within("the run", site.run(flow("sleep 5"), ["--servers", cutting.server]), 60_000);
  expect(result.code).toBe(3);
  expect(endOf(result)).toMatchObject({
    type: "run.interrupted",
    reason: expect.stringContaining("start it with --job-handle-prefix=H:rr") as string,
  });
});

test("two workers of one --id: a kill reaches both, and status shows both", async () => {
  await site.workers[0]?.kill();
  await until("it to be gone", async () => (await site.gearmand.status("rr-run")).workers === 0);
  for (let count = 0; count < 2; count += 1)
    startWorkerOn(site.gearmand.server, ["--id", "twin", "--concurrency", "2"]);
  await until("both to register", async () => (await site.gearmand.status("rr-run")).workers === 2);
  const { stdout } = await submitHere(["status", "--json", "--servers", site.gearmand.server]);
  const { workers } = JSON.parse(stdout) as { workers: { id: string; state?: string }[] };
  expect(workers.map(({ id }) => id.replace(/-[a-z2-7]{4}$/, "-…"))).toEqual(["twin-…", "twin-…"]);
  expect(new Set(workers.map(({ state }) => state))).toEqual(new Set(["running"]));
  const submit = site.startSubmit(flow("sleep 600"), ["--output", "ndjson"]);
  const sleeping = () =>
    site.sshd.running().filter(({ commandLine }) => commandLine.startsWith("sleep 600")).length;
  await until("three commands to run", () => sleeping() === 3);
  submit.signal("SIGINT");
  await submit.waitFor("again: kill what runs");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  submit.signal("SIGINT");
  const { code } = await within("rr-submit to end", submit.exited, 60_000);
  expect(code, submit.output().slice(-2000)).toBe(130);
  await until("no command to be left", () => sleeping() === 0);
});

test("a job server without an admin protocol: status says so, and a run runs", async () => {
  const server = await startEmbeddedServer();
  if (!server.ok) throw new Error(server.error);
  onTestFinished(() => server.value.close());
  const address = formatServer(server.value.address);
  const worker = startWorkerOn(address);
  const status = await submitHere(["status", "--servers", address]);
  expect(status).toMatchObject({ code: 0 });
  expect(status.stdout).toBe(
    `${address}: takes jobs; it has no admin protocol to tell of functions and workers\n\n` +
      "nobody can tell of workers there: a run shows whether some are\n",
  );
  const json = JSON.parse((await submitHere(["status", "--json", "--servers", address])).stdout) as object;
  expect(json).toMatchObject({ servers: [{ server: address, admin: false }], workers: [] });
  await worker.waitFor("worker started");
  expect(await site.run(flow(), ["--servers", address])).toMatchObject({ code: 0 });
});

test("a job server behind a Unix socket, for rr-worker and rr-submit", async () => {
  const folder = makeTempDir("socket");
  onTestFinished(() => folder.remove());
  const path = join(folder.path, "gearman");
  const relay = createServer((near) => {
    const far = connect(site.gearmand.port, "127.0.0.1");
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => relay.listen({ path }, resolve));
  onTestFinished(() => void relay.close());
  await site.workers[0]?.kill();
  await until("it to be gone", async () => (await site.gearmand.status("rr-run")).workers === 0);
  startWorkerOn(`unix:${path}`);
  await until("the other to register", async () => (await site.gearmand.status("rr-run")).workers === 1);
  expect(await site.run(flow(), ["--servers", path])).toMatchObject({ code: 0 });
  const status = await submitHere(["status", "--servers", `unix:${path}`]);
  expect(status.stdout).toContain(`${path}: version`);
});

test("tls:// is refused with what there is", async () => {
  const refused = await submitHere(["status", "--servers", "tls://gearmand:4730"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("TLS is not spoken here: put a tunnel in front");
});
