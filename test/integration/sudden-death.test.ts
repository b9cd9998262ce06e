import type { RunEvent } from "@roadrunner/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { eventsOf, names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

/** When ten have started, some have ended, twenty run (the workers' places) and as many wait. */
const HOSTS = 50;
const command = `${ownFolder}; echo x >> $d/started; sleep 1`;
const flow = {
  name: "sudden",
  slots: [
    { jobs: [{ name: "work", hosts: `h[1-${HOSTS}]`, command, success: "0%", parallelism: HOSTS - 10 }] },
  ],
};

let site: Site;
beforeEach(async () => {
  site = await Site.start({ hosts: names("h", HOSTS), workers: 2, concurrency: 10 });
});
afterEach(async () => {
  await site.stop();
});

/** Starts the flow and waits until it is in its middle. */
async function inTheMiddle() {
  const submit = site.startSubmit(flow, ["--output", "ndjson"]);
  await until("ten commands to have started", () => site.lines("started").length >= 10);
  return submit;
}

/** Each command started once on its host, and its end was learned although somebody died meanwhile. */
function everyHostOnce(events: readonly RunEvent[]): void {
  expect(site.lines("started")).toHaveLength(HOSTS);
  expect([...outcomes(events).values()].filter((outcome) => outcome !== "ok")).toEqual([]);
}

describe("kill -9 in the middle of a run", () => {
  it("of gearmand, which comes back: every command starts once, its end is learned", async () => {
    const submit = await inTheMiddle();
    await site.gearmand.kill();
    await site.gearmand.restart();
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    const events = eventsOf(submit.stdout());
    expect(code, submit.output().slice(-2000)).toBe(0);
    expect(outcomes(events).size).toBe(HOSTS);
    expect(events.at(-1)).toMatchObject({ type: "run.ended", verdict: "succeeded" });
    everyHostOnce(events);
  });

  it("of gearmand, which does not come back: interrupted, exit 3, within the server timeout", async () => {
    const submit = site.startSubmit(flow, ["--output", "ndjson", "--server-timeout", "2s"]);
    await until("ten commands to have started", () => site.lines("started").length >= 10);
    await site.gearmand.kill();
    const { code } = await within("rr-submit to end", submit.exited, 30_000);
    expect(code).toBe(3);
    expect(eventsOf(submit.stdout()).at(-1)).toMatchObject({
      type: "run.interrupted",
      reason: expect.stringContaining(site.gearmand.server) as string,
    });
  });

  it("of one worker: the other learns how its commands ended", async () => {
    const submit = await inTheMiddle();
    await site.workers[0]?.kill();
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    const events = eventsOf(submit.stdout());
    expect(code, submit.output().slice(-2000)).toBe(0);
    everyHostOnce(events);
  });

  it("of all workers: interrupted, exit 3, naming the function", async () => {
    const submit = await inTheMiddle();
    await Promise.all(site.workers.map((worker) => worker.kill()));
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    expect(code).toBe(3);
    expect(submit.stdout()).toContain("no worker serves rr-run any more");
  });
});
