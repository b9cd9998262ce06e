import type { Carry } from "@roadrunner/engine/api";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";
import { CoordinatorKit, planOf } from "./kit.ts";

failOnLeftovers();

const HOSTS = 16;

const USUAL: Carry = {
  ...{ maxInFlight: 1000, priority: "normal", keepOutputBytes: 1024, waitForWorkersMs: 10_000 },
  ...{ serverTimeoutMs: 60_000, lostTimeoutMs: 300_000, live: false },
};

let site: Site;
let kit: CoordinatorKit;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", HOSTS), workers: 2, concurrency: 3 });
  kit = await CoordinatorKit.start(["--servers", site.gearmand.server]);
});
beforeEach(async () => {
  await site.replaceEnded();
});
afterAll(async () => {
  await kit.stop();
  await site.stop();
});

const plan = (name: string) =>
  planOf({
    name,
    slots: [
      {
        jobs: [
          {
            name: "work",
            hosts: `h[1-${HOSTS}]`,
            command: `${ownFolder}; echo x >> $d/${name}; sleep 0.4`,
            parallelism: HOSTS - 4,
          },
        ],
      },
    ],
  });

/** Hands a run over, and waits until it is in its middle. */
async function inTheMiddle(name: string): Promise<string> {
  const run = await kit.handOver(plan(name));
  await until("seven commands to have started", () => site.lines(name).length >= 7);
  return run;
}

/** Each host once, and of each its end is known. */
async function everyHostOnce(name: string, run: string): Promise<void> {
  expect(await kit.ended(run)).toBe("succeeded");
  expect(site.lines(name)).toHaveLength(HOSTS);
  const events = await kit.events(run);
  expect([...outcomes(events).values()]).toEqual(Array.from({ length: HOSTS }, () => "ok"));
}

it("kill -9 and a start in the middle: the run is taken over in the next epoch, each host once", async () => {
  const run = await inTheMiddle("killed");
  await kit.program.kill();
  await kit.restart();
  await everyHostOnce("killed", run);
  const events = await kit.events(run);
  expect(events.filter(({ type }) => type === "run.resumed")).toHaveLength(1);
  expect(kit.program.output()).toMatch(/"epoch":2.*a run is taken over/);
});

it("SIGTERM: the run is left open and written so, within 10 s, and gone on with by the next one", async () => {
  const run = await inTheMiddle("left");
  kit.program.signal("SIGTERM");
  expect(await within("it to leave", kit.program.exited, 10_000)).toMatchObject({ code: 0 });
  await kit.restart();
  await everyHostOnce("left", run);
  const interrupted = (await kit.events(run)).find(({ type }) => type === "run.interrupted");
  expect(interrupted).toMatchObject({ reason: "rr-coordinator leaves (SIGTERM)" });
});

it("a stop holds over kill -9: what had not started does not start", async () => {
  const run = await inTheMiddle("stopped");
  await kit.ask("POST", `/runs/${run}/stop`, {});
  await kit.program.kill();
  const begun = site.lines("stopped").length;
  await kit.restart();
  expect(await kit.ended(run)).toBe("cancelled");
  // Workers had some more in hand.
  expect(site.lines("stopped").length).toBeLessThanOrEqual(begun + 6);
});

it("workers that go and come again: the run says why it does not go on, and goes on by itself", async () => {
  await Promise.all(site.workers.map((worker) => worker.kill()));
  const run = await kit.handOver(plan("without"), {
    carry: { ...USUAL, waitForWorkersMs: 500 },
  });
  await until("it to say why", async () => (await kit.row(run)).reason?.includes("no worker serves rr-run"));
  const events = await kit.events(run);
  expect(events.map(({ type }) => type)).toEqual(["run.started", "run.interrupted"]);
  await site.replaceEnded();
  await everyHostOnce("without", run);
});

it("a job server that goes and comes again: the run goes on by itself", async () => {
  const run = await kit.handOver(plan("server"), { carry: { ...USUAL, serverTimeoutMs: 1000 } });
  await until("seven commands to have started", () => site.lines("server").length >= 7);
  await site.gearmand.kill();
  await until("it to say why", async () => (await kit.row(run)).reason?.includes(site.gearmand.server));
  await site.gearmand.restart();
  await everyHostOnce("server", run);
  expect((await kit.row(run)).reason).toBeUndefined();
});
