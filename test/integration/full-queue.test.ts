import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { connectRawPeer } from "../gearman/raw-peers.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { GearmanProxy } from "../support/gearman-proxy.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { eventsOf, Site } from "../support/site.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

let site: Site;
beforeEach(async () => {
  site = await Site.start({ hosts: ["db1", "db2", "db3"], workers: 1, concurrency: 1 });
});
afterEach(async () => {
  await site.stop();
});

const flow = (command = "true") => ({
  name: "full",
  slots: [{ jobs: [{ name: "work", hosts: "db[1-3]", command }] }],
});

const endOf = (result: { readonly stdout: string }) => eventsOf(result.stdout).at(-1);

/** The job server's `maxqueue`, with a job of somebody else in the queue that nobody takes. */
async function fillQueue(): Promise<void> {
  await site.workers[0]?.kill();
  const other = await connectRawPeer(site.gearmand.port, () => {});
  other.send("SUBMIT_JOB", "rr-run", "somebody-else", "{}");
  await until("the other's job to wait", async () => (await site.gearmand.status("rr-run")).total === 1);
  await site.gearmand.admin("maxqueue rr-run 1");
  // Registered, so that the run begins; it never asks for a job.
  other.send("CAN_DO", "rr-run");
  await until("a worker", async () => (await site.gearmand.status("rr-run")).workers === 1);
}

/** How its tasks ended, when it has ended by itself. */
async function reasonsOf(submit: ChildProgram): Promise<readonly (string | undefined)[]> {
  const { code } = await within("rr-submit to end", submit.exited, 15_000);
  expect(code, submit.output().slice(-2000)).toBe(130);
  const ends = eventsOf(submit.stdout()).filter((event) => event.type === "task.ended");
  return ends.map(({ reason }) => reason);
}

test("a queue that stays full: the run is left open within --server-timeout, in the server's words", async () => {
  await fillQueue();
  const home = makeTempDir("home");
  onTestFinished(() => home.remove());
  const args = ["--server-timeout", "3s", "--output", "ndjson"];
  const result = await within("the run", site.submit(flow(), args, { home: home.path }), 30_000);
  expect(result.code).toBe(3);
  expect(endOf(result)).toMatchObject({
    type: "run.interrupted",
    reason: expect.stringMatching(
      /^the job server took no task for 3 s: .*queue is full; a larger --server-timeout/i,
    ) as string,
  });
  await site.gearmand.admin("maxqueue rr-run 0");
  site.addWorker();
  const resume = runSubmit(["resume", "last", "--servers", site.gearmand.server], { home: home.path });
  expect(await within("the rest", resume, 60_000)).toMatchObject({ code: 0 });
});

test("a stop while the queue is full ends at once: what was refused was never asked for", async () => {
  await fillQueue();
  const submit = site.startSubmit(flow(), ["--output", "ndjson"]);
  await submit.waitFor("takes no more for now");
  submit.signal("SIGTERM");
  expect(await reasonsOf(submit)).toEqual(Array(3).fill("never submitted"));
});

test("what is refused after the stop was never asked for either", async () => {
  await fillQueue();
  const proxy = await GearmanProxy.start(site.gearmand);
  onTestFinished(() => proxy.close());
  const refusals: (() => void)[] = [];
  proxy.tamper(({ packet, to, bytes, send }) => {
    if (to === "server" || packet?.name !== "ERROR") return [bytes];
    refusals.push(() => send("client", bytes));
    return [];
  });
  const submit = site.startSubmit(flow(), ["--output", "ndjson", "--servers", proxy.address]);
  await until("three refusals", () => refusals.length === 3);
  submit.signal("SIGTERM");
  await submit.waitFor("again: kill what runs");
  for (const send of refusals) send();
  expect(await reasonsOf(submit)).toEqual(Array(3).fill("never submitted"));
});

test("a full queue with tasks of the run in it is waited for: they are its progress", async () => {
  await site.gearmand.admin("maxqueue rr-run 1");
  const result = await within("the run", site.run(flow("sleep 3"), ["--server-timeout", "2s"]), 60_000);
  expect(result.stdout).toContain("takes no more for now");
  expect(result.code).toBe(0);
});
