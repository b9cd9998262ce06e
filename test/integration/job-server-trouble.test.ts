import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { connectRawPeer } from "../gearman/raw-peers.ts";
import { GearmanProxy } from "../support/gearman-proxy.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { eventsOf, Site } from "../support/site.ts";
import { within } from "../support/until.ts";

failOnLeftovers();

let site: Site;
beforeEach(async () => {
  site = await Site.start({ hosts: ["db1", "db2", "db3"], workers: 1 });
});
afterEach(async () => {
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

const endOf = (result: { readonly stdout: string }) => eventsOf(result.stdout).at(-1);

test("functions that others named with tabs, newlines or nothing blind neither status nor a run", async () => {
  const other = await connectRawPeer(site.gearmand.port, () => {});
  for (const name of ["", "a\tb", "c\nd", "e\n.\nf", "ERR g"]) other.send("CAN_DO", name);
  const status = await runSubmit(["status", "--servers", site.gearmand.server]);
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
    reason: "stopped; nothing is known to run, and no worker answers for 3 tasks that had been submitted",
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
    reason: expect.stringContaining("no worker of rr-run has said a word in 3 s") as string,
  });
  site.addWorker();
  await site.allWorkersUp();
  expect(await site.run(impatient, servers)).toMatchObject({ code: 0 });
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
