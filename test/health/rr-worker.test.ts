import { createServer } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { within, until } from "../support/until.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startWorker } from "../support/processes.ts";
import { names, Site } from "../support/site.ts";
import { ask, sample } from "./ask.ts";

failOnLeftovers();

let site: Site;
let port: number;
beforeAll(async () => {
  port = await findFreePort();
  site = await Site.start({
    hosts: names("h", 3),
    workers: 1,
    concurrency: 4,
    workerArgs: ["--metrics-port", String(port), "--id", "w1"],
  });
});
afterAll(async () => {
  await site.stop();
});

const metrics = async () => (await ask(port, "/metrics")).text;

it("counts what it ran, by outcome and blame", async () => {
  expect(await ask(port, "/healthz")).toMatchObject({ status: 200, text: "ok\n" });
  expect(await ask(port, "/readyz")).toMatchObject({ status: 200, text: "ready\n" });
  await site.run({ name: "ok", slots: [{ jobs: [{ name: "a", hosts: "h[1-3]", command: "true" }] }] });
  // With a success of 0% the job is not decided by the first of the two that fails.
  await site.run({
    name: "bad",
    slots: [{ jobs: [{ name: "a", hosts: "h1,nowhere", command: "exit 7", success: "0%" }] }],
  });
  const text = await metrics();
  const tasks = (outcome: string, blame: string) =>
    sample(text, `roadrunner_worker_tasks_total{outcome="${outcome}",blame="${blame}"}`);
  expect(tasks("ok", "none")).toBe(3);
  expect(tasks("failed", "host")).toBe(1);
  expect(tasks("unreachable", "host")).toBe(1);
  expect(sample(text, 'roadrunner_worker_task_phase_seconds_count{phase="run"}')).toBe(4);
  expect(sample(text, "roadrunner_worker_places")).toBe(4);
  expect(sample(text, "roadrunner_worker_ssh_connections")).toBe(3);
  expect(sample(text, `roadrunner_worker_server_up{server="${site.gearmand.server}"}`)).toBe(1);
  expect(sample(text, "process_open_fds")).toBeGreaterThan(10);
});

it("answers other paths and methods without harm", async () => {
  expect(await ask(port, "/")).toMatchObject({ status: 404 });
  expect(await ask(port, "/metrics", "POST")).toMatchObject({ status: 405 });
  expect(await ask(port, "/healthz?x=1")).toMatchObject({ status: 200 });
});

it("is not ready without its job server, says so, and counts the reconnection", async () => {
  const reconnections = async () =>
    sample(await metrics(), `roadrunner_worker_server_reconnections_total{server="${site.gearmand.server}"}`);
  expect(await reconnections()).toBe(0);
  await site.gearmand.kill();
  await until("the worker to notice", async () => (await ask(port, "/readyz")).status === 503);
  expect((await ask(port, "/readyz")).text).toMatch(/^connected to no job server: 127\.0\.0\.1:\d+/);
  expect(await ask(port, "/healthz")).toMatchObject({ status: 200 });
  expect(sample(await metrics(), "roadrunner_worker_ready")).toBe(0);
  await site.gearmand.restart();
  await until("the worker to be back", async () => (await ask(port, "/readyz")).status === 200);
  expect(await reconnections()).toBe(1);
});

it("shows what runs, and while it drains that it does", async () => {
  await site.allWorkersUp();
  const submit = site.startSubmit({
    name: "long",
    slots: [
      { jobs: [{ name: "a", hosts: "h[1-3]", command: "touch go; while test -e go; do sleep 0.1; done" }] },
    ],
  });
  await until(
    "three tasks to run",
    async () => sample(await metrics(), "roadrunner_worker_tasks_running") === 3,
    { lastSeen: () => submit.output() },
  );
  const [worker] = site.workers;
  worker?.signal("SIGTERM");
  await until("it to drain", async () => (await ask(port, "/readyz")).text.startsWith("draining"));
  expect(sample(await metrics(), "roadrunner_worker_draining")).toBe(1);
  worker?.signal("SIGTERM");
  expect(
    await within("the worker to leave", worker?.exited ?? Promise.reject(new Error("no worker"))),
  ).toMatchObject({
    code: 0,
  });
  await within("rr-submit to end", submit.stop());
});

it("does not start where its port is taken, and says why", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
  const second = startWorker(["--servers", site.gearmand.server, "--metrics-port", String(port)]);
  expect(await second.exited).toMatchObject({ code: 3 });
  expect(second.output()).toContain(`cannot listen on 127.0.0.1:${port} for metrics: another process has it`);
  await new Promise((resolve) => holder.close(resolve));
});

it.each([
  ["--metrics-port", "70000"],
  ["--metrics-address", "metrics.example"],
])("refuses %s %s", async (option, value) => {
  const worker = startWorker(["--servers", site.gearmand.server, option, value]);
  expect(await worker.exited).toMatchObject({ code: 2 });
  expect(worker.output()).toContain(option);
});
