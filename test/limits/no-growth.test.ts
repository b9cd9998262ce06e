import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, sample } from "../health/ask.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names } from "../support/site.ts";
import { until } from "../support/until.ts";
import { inTurns, report, WorkerUnderLoad } from "./worker-under-load.ts";

failOnLeftovers();

/** A day's worth: `RR_TEST_DAY=1 npx vitest run --project alone test/limits/no-growth.test.ts`. */
const wholeDay = process.env["RR_TEST_DAY"] === "1";
const SCRIPTED = wholeDay ? 200_000 : 10_000;
const REAL = wholeDay ? 20_000 : 300;
const HOSTS = 20;
const AT_ONCE = 20;
const WARM_UP = 100;
const LIMIT_MS = wholeDay ? 3_600_000 : 300_000;

let load: WorkerUnderLoad;
beforeAll(async () => {
  load = await WorkerUnderLoad.start({
    hosts: names("h", HOSTS),
    concurrency: AT_ONCE,
    workerArgs: ["--keep-alive", "3s", "--log-level", "error"],
  });
});
afterAll(async () => {
  await load.stop();
});

/** When nothing runs and no connection is kept: what is there now is there for good. */
async function atRest(): Promise<Record<"memory" | "descriptors" | "children", number>> {
  const connections = async () =>
    sample((await ask(load.metricsPort, "/metrics")).text, "roadrunner_worker_ssh_connections");
  await until("the kept connections to be closed", async () => (await connections()) === 0);
  await until("their sessions to end", () => load.site.sshd.running().length === 0);
  return { memory: load.memory().now, descriptors: load.descriptors(), children: load.children() };
}

async function sameAfter(what: string, total: number, task: (index: number) => Promise<void>): Promise<void> {
  await inTurns(WARM_UP, AT_ONCE, task);
  const before = await atRest();
  const startedAt = performance.now();
  await inTurns(total, AT_ONCE, task);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await atRest();
  report(`${total} ${what}`, {
    seconds: seconds,
    "MiB before": before.memory,
    "MiB after": after.memory,
    "descriptors before": before.descriptors,
    "descriptors after": after.descriptors,
  });
  // The metrics' own connection may or may not be closed at this moment.
  expect(Math.abs(after.descriptors - before.descriptors)).toBeLessThanOrEqual(2);
  expect(after.children).toBe(before.children);
  // V8's heap breathes; 1 KiB kept of each task of a whole day would be 195 MiB.
  expect(after.memory - before.memory).toBeLessThan(60);
}

describe("many tasks leave nothing behind in the worker", () => {
  it("real ones, each with its own command on a host", { timeout: LIMIT_MS }, async () => {
    await sameAfter("real tasks", REAL, async (index) => {
      const workload = {
        host: `h${(index % HOSTS) + 1}`,
        command: `echo ${index}`,
        connectTimeoutMs: 60_000,
      };
      expect(await load.outcomeOf(workload)).toMatchObject({ outcome: "ok", stdout: `${index}\n` });
    });
  });

  it("scripted ones, which no host sees", { timeout: LIMIT_MS }, async () => {
    await sameAfter("scripted tasks", SCRIPTED, async (index) => {
      expect(await load.outcomeOf({ host: "h1", command: "true", nonsense: index })).toMatchObject({
        outcome: "refused",
      });
    });
  });
});
