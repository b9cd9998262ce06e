import { afterAll, beforeAll, expect, it } from "vitest";
import { connectRawPeer } from "../gearman/raw-peers.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { eventsOf, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

let site: Site;
beforeAll(async () => {
  site = await Site.start({ hosts: ["h1"], workers: 0 });
});
afterAll(() => site.stop());

/** A worker that takes so many jobs and says nothing of any, or nothing after this: it hangs, is stopped, or is hostile. */
async function silentWorker(most = Infinity, says?: object) {
  const taken: string[] = [];
  const worker = await connectRawPeer(site.gearmand.port, (peer, packet) => {
    if (packet.name === "NOOP") peer.send("GRAB_JOB_UNIQ");
    if (packet.name === "NO_JOB") peer.send("PRE_SLEEP");
    if (packet.name !== "JOB_ASSIGN_UNIQ") return;
    taken.push(packet.arg(0));
    const { task } = JSON.parse(packet.body(3).toString()) as { task: { submission: string } };
    const { submission } = task;
    if (says !== undefined)
      peer.send("WORK_DATA", packet.arg(0), `${JSON.stringify({ ...says, submission })}\n`);
    if (taken.length < most) peer.send("GRAB_JOB_UNIQ");
  });
  worker.send("CAN_DO", "rr-run");
  worker.send("GRAB_JOB_UNIQ");
  await until("it to be there", async () => (await site.gearmand.status("rr-run")).workers > 0);
  return { taken, leave: () => worker.end() };
}

const flow = (name: string, connectTimeout: string) => ({
  name,
  defaults: { connectTimeout },
  slots: [{ jobs: [{ name: "j", hosts: "h1", command: `${ownFolder}; echo ran >>$d/${name}` }] }],
});

it("a worker that says nothing of what it takes costs its task twice what it owes, not the run", async () => {
  const silent = await silentWorker();
  const { code, events } = await site.run(flow("held", "1s"), ["--lost-timeout", "4s"]);
  silent.leave();
  expect(code).toBe(1);
  expect(silent.taken).toHaveLength(2);
  const lost = events.filter((event) => event.type === "task.lost");
  expect(lost).toHaveLength(2);
  expect(events.find((event) => event.type === "task.ended")).toMatchObject({
    outcome: "unknown",
    final: true,
    blame: "worker",
    reason: expect.stringMatching(
      /^no word in \d+ s of the worker that took it, which may start it or have started it; look for one that hangs \(rr-submit status\); asked again once, and no answer within 4s said how it ended$/,
    ) as string,
  });
});

it("a task whose worker says nothing goes to another one, and runs once", async () => {
  const silent = await silentWorker(1);
  const run = site.run(flow("anew", "10s"), ["--lost-timeout", "4s"]);
  await until("it to be taken", () => silent.taken.length === 1);
  site.addWorker();
  const { code, events } = await run;
  silent.leave();
  await site.workers.pop()?.stop();
  expect(code).toBe(0);
  expect([...outcomes(events).values()]).toEqual(["ok"]);
  expect(events.filter((event) => event.type === "task.lost")).toHaveLength(1);
  expect(site.lines("anew")).toEqual(["ran"]);
});

it("a second stop ends a run of which nothing is known to run, whatever a worker holds", async () => {
  const silent = await silentWorker();
  const submit = site.startSubmit(flow("stopped", "15s"), ["--output", "ndjson"]);
  await until("it to be taken", () => silent.taken.length === 1);
  submit.signal("SIGTERM");
  await until("the first stop", () => submit.stderr().includes("stopping"));
  // The same key pressed within a second is one.
  await until("the second stop", () => {
    submit.signal("SIGTERM");
    return submit.stderr().includes("killing");
  });
  const { code } = await submit.exited;
  silent.leave();
  expect(code).toBe(3);
  expect(eventsOf(submit.stdout()).at(-1)).toMatchObject({
    type: "run.interrupted",
    reason: "stopped: nothing is known to run, and no worker answers for 1 task that had been submitted",
  });
});

it("a task whose worker stops after it said that it starts goes to another one", async () => {
  const started = { type: "started", v: 1, worker: "stopped", places: 1, version: "0", reads: [1] };
  const silent = await silentWorker(1, { ...started, signOfLifeMs: 1000 });
  const run = site.run(flow("started", "10s"), ["--lost-timeout", "4s"]);
  await until("it to be taken", () => silent.taken.length === 1);
  site.addWorker();
  const { code, events } = await run;
  silent.leave();
  await site.workers.pop()?.stop();
  expect(code).toBe(0);
  expect(events.find((event) => event.type === "task.lost")).toMatchObject({
    reason: expect.stringMatching(
      /^no sign of life in \d+ s of worker stopped, which has it; look for one that hangs \(rr-submit status\)$/,
    ) as string,
  });
  expect(site.lines("started")).toEqual(["ran"]);
});
