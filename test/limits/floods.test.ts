import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask } from "../health/ask.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names } from "../support/site.ts";
import { until } from "../support/until.ts";
import { inTurns, report, WorkerUnderLoad } from "./worker-under-load.ts";

failOnLeftovers();

const MIB = 1024 * 1024;
const HOSTS = 8;
/** What Node may take in passing: buffers under way, garbage not yet collected. Not a part of the load. */
const SLACK_MIB = 120;
/** Else V8 lets garbage lie as it sees fit, up to a gigabyte; a worker that keeps what it is sent ends for want of memory. */
const HEAP_MIB = 160;

let load: WorkerUnderLoad;
beforeEach(async () => {
  load = await WorkerUnderLoad.start({
    ...{ hosts: names("h", HOSTS), concurrency: HOSTS },
    workerEnv: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` },
  });
  await load.outcomeOf({ host: "h1", command: "true" });
});
afterEach(async () => {
  await load.stop();
});

const flood = (mib: number) => `head -c ${mib * MIB} /dev/zero | tr '\\0' x`;

describe("the memory of a worker stays bounded", () => {
  it("under a flood of output: what is left out is not held", async () => {
    const before = load.memory();
    const mib = 40;
    const ended = await Promise.all(
      names("h", HOSTS).map((host) =>
        load.outcomeOf({ host, command: flood(mib), connectTimeoutMs: 60_000 }),
      ),
    );
    for (const { outcome, stdout, omittedBytes } of ended) {
      expect(outcome).toBe("ok");
      expect(stdout.length).toBe(MIB);
      expect(omittedBytes?.stdout).toBe((mib - 1) * MIB);
    }
    const after = load.memory();
    report(`${HOSTS} x ${mib} MiB of output`, { before: before.now, peak: after.peak, after: after.now });
    // Each answer is held a few times over: as bytes, as text, as JSON, as a packet.
    expect(after.peak - before.now).toBeLessThan(SLACK_MIB + HOSTS * 8);
  });

  it("under large workloads: none is kept", async () => {
    const before = load.memory();
    const script = { name: "big.sh", text: `#!/bin/sh\necho ran\n#${"x".repeat(250_000)}\n` };
    const count = 780;
    await inTurns(count, 100, async (index) => {
      const workload = { host: `h${(index % HOSTS) + 1}`, script, connectTimeoutMs: 60_000 };
      expect(await load.outcomeOf(workload)).toMatchObject({ outcome: "ok", stdout: "ran\n" });
    });
    const after = load.memory();
    report(`${count} scripts of 250 kB`, { before: before.now, peak: after.peak, after: after.now });
    // All of them are 186 MiB: as strings more than the heap may be, and as bytes they come on top of what it is.
    expect(after.peak - before.now).toBeLessThan(280);
  });

  it("under workloads that are too large: they are refused unread", async () => {
    const before = load.memory();
    const workload = JSON.stringify({ host: "h1", command: `: ${"x".repeat(20 * MIB)}` });
    await inTurns(20, HOSTS, async () => {
      expect(await load.outcomeOf(workload)).toMatchObject({ outcome: "refused", blame: "submission" });
    });
    const after = load.memory();
    report("20 workloads of 20 MiB", { before: before.now, peak: after.peak, after: after.now });
    expect(after.peak - before.now).toBeLessThan(SLACK_MIB);
  });

  it("while the job server reads nothing: the commands wait", async () => {
    const before = load.memory();
    const mib = 40;
    const live = names("h", HOSTS).map((host) =>
      load.submit({ host, command: flood(mib), live: true, connectTimeoutMs: 60_000 }),
    );
    await until("the floods to run", () => load.site.sshd.running().filter(isFlood).length >= HOSTS);
    load.site.gearmand.pause();
    const readiness = async () => (await ask(load.metricsPort, "/readyz")).status;
    await until("the worker to give the job server up", async () => (await readiness()) === 503, {
      withinMs: 90_000,
    });
    const after = load.memory();
    load.site.gearmand.continue();
    report(`${HOSTS} x ${mib} MiB of live output, nobody reads`, { before: before.now, peak: after.peak });
    expect(after.peak - before.now).toBeLessThan(SLACK_MIB + HOSTS * 8);
    await Promise.all(live);
    await until("the worker to be back", async () => (await readiness()) === 200, { withinMs: 60_000 });
  });
});

function isFlood({ commandLine }: { readonly commandLine: string }): boolean {
  return commandLine.startsWith("head -c");
}
