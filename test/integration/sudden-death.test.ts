import type { RunEvent } from "@roadrunner/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { eventsOf, names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

/** When twelve have started, some have ended, ten run (the workers' places), as many wait and some were not asked for. */
const HOSTS = 30;
const flow = (trace: string) => {
  const command = `${ownFolder}; echo x >> $d/${trace}; sleep 1`;
  const job = { name: "work", hosts: `h[1-${HOSTS}]`, command, success: "0%", parallelism: HOSTS - 10 };
  return { name: "sudden", slots: [{ jobs: [job] }] };
};

let site: Site;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", HOSTS), workers: 2, concurrency: 5 });
});
beforeEach(async () => {
  await site.replaceEnded();
});
afterAll(async () => {
  await site.stop();
});

/** Starts the flow and waits until it is in its middle. */
async function inTheMiddle(trace: string, args: readonly string[] = []) {
  const submit = site.startSubmit(flow(trace), ["--output", "ndjson", ...args]);
  await until("twelve commands to have started", () => site.lines(trace).length >= 12);
  return submit;
}

/** Each command started once on its host, and its end was learned although somebody died meanwhile. */
function everyHostOnce(trace: string, events: readonly RunEvent[]): void {
  expect(site.lines(trace)).toHaveLength(HOSTS);
  expect([...outcomes(events).values()].filter((outcome) => outcome !== "ok")).toEqual([]);
}

describe("kill -9 in the middle of a run", () => {
  it("of gearmand, which comes back: every command starts once, its end is learned", async () => {
    const submit = await inTheMiddle("restarted");
    await site.gearmand.kill();
    await site.gearmand.restart();
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    const events = eventsOf(submit.stdout());
    expect(code, submit.output().slice(-2000)).toBe(0);
    expect(outcomes(events).size).toBe(HOSTS);
    expect(events.at(-1)).toMatchObject({ type: "run.ended", verdict: "succeeded" });
    everyHostOnce("restarted", events);
  });

  it("of gearmand, which does not come back: interrupted, exit 3, within the server timeout", async () => {
    const submit = await inTheMiddle("gone", ["--server-timeout", "2s"]);
    await site.gearmand.kill();
    const { code } = await within("rr-submit to end", submit.exited, 30_000);
    expect(code).toBe(3);
    expect(eventsOf(submit.stdout()).at(-1)).toMatchObject({
      type: "run.interrupted",
      reason: expect.stringContaining(site.gearmand.server) as string,
    });
    await site.gearmand.restart();
  });

  it("of one worker: the other learns how its commands ended", async () => {
    const submit = await inTheMiddle("one-worker");
    await site.workers[0]?.kill();
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    const events = eventsOf(submit.stdout());
    expect(code, submit.output().slice(-2000)).toBe(0);
    everyHostOnce("one-worker", events);
  });

  it("of all workers: interrupted, exit 3, naming the function", async () => {
    const submit = await inTheMiddle("no-worker");
    await Promise.all(site.workers.map((worker) => worker.kill()));
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    expect(code).toBe(3);
    expect(submit.stdout()).toContain("no worker serves rr-run any more");
  });
});
