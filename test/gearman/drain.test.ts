import { expect, test } from "vitest";
import { Places, type GrabbedJob } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until, within } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  gate,
  gearmandForTest,
  hang,
  submit,
} from "./kit.ts";
import { startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

test("6 times 60 jobs, a worker leaves in the middle of each: every job runs once and is answered", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer]);
  const runs = new Map<string, number>();
  const f = async ({ unique }: GrabbedJob) => {
    runs.set(unique, (runs.get(unique) ?? 0) + 1);
    await new Promise((resolve) => setTimeout(resolve, 3));
    return unique;
  };
  await connectedWorker([gearmand.asServer], { f }, { places: new Places(2), clientId: "stays" });
  const stillOpen: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const working = gate();
    let started = 0;
    const fOfLeaving = (job: GrabbedJob) => {
      started += 1;
      if (started === 8) working.open();
      return f(job);
    };
    const leaving = await connectedWorker([gearmand.asServer], { f: fOfLeaving }, { places: new Places(5) });
    const jobs = Array.from({ length: 60 }, () => submit(client, "f"));
    await within("the leaving one to work", working.opened);
    await leaving.drain();
    stillOpen.push(client.inFlight);
    expect(leaving.running).toBe(0);
    for (const job of jobs) expect(await completeText(job)).toBe(job.unique);
  }
  expect([...runs.values()]).toEqual(Array(360).fill(1));
  // It did leave in the middle, and not when all was done.
  expect(Math.max(...stillOpen)).toBeGreaterThan(0);
});

test("draining: no new grab, what runs goes on and is answered, and nothing is ever unregistered", async () => {
  const handles = ["H:1", "H:2"];
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      const handle = name === "GRAB_JOB_UNIQ" ? handles.shift() : undefined;
      if (handle !== undefined) peer.send("JOB_ASSIGN_UNIQ", handle, "f", "u", "");
      else if (name === "GRAB_JOB_UNIQ") peer.send("NO_JOB");
    },
  });
  const hold = gate();
  const places = new Places(3);
  const worker = await connectedWorker(
    [server.address],
    {
      f: async (job) => {
        await hold.opened;
        expect(await job.sendData("more")).toBe(true);
        return Buffer.alloc(1_000_000);
      },
    },
    { places, pingIntervalMs: 20, pokeIntervalMs: 20 },
  );
  const peer = server.peers[0];
  await until(
    "both to run, and it to sleep",
    () => worker.running === 2 && (peer?.count("PRE_SLEEP") ?? 0) >= 1,
  );
  let drained = false;
  const drain = worker.drain().then(() => (drained = true));
  const pings = peer?.count("ECHO_REQ") ?? 0;
  await until("two pings", () => (peer?.count("ECHO_REQ") ?? 0) >= pings + 2);
  const grabs = peer?.count("GRAB_JOB_UNIQ") ?? 0;
  peer?.send("NOOP");
  worker.resume();
  await until("ten more pings", () => (peer?.count("ECHO_REQ") ?? 0) >= pings + 12);
  expect(drained).toBe(false);
  hold.open();
  await within("the drain", drain);
  await until("the connection to end", () => server.open() === 0);
  expect(peer?.count("GRAB_JOB_UNIQ")).toBe(grabs);
  const completed = peer?.received.filter(({ name }) => name === "WORK_COMPLETE") ?? [];
  expect(completed.map((packet) => packet.body(1).length)).toEqual([1_000_000, 1_000_000]);
  expect(peer?.names().filter((name) => name === "CANT_DO" || name === "RESET_ABILITIES")).toEqual([]);
  expect(places.inUse).toBe(0);
});

test("a drain waits for a grab that is under way, and runs what it brings", async () => {
  const server = await startScriptedServer({});
  const worker = await connectedWorker([server.address], { f: async () => "done" });
  const peer = server.peers[0];
  await until("the grab", () => peer?.count("GRAB_JOB_UNIQ") === 1);
  const drained = worker.drain();
  peer?.send("JOB_ASSIGN_UNIQ", "H:1", "f", "u", "");
  await within("the drain", drained);
  expect(peer?.names().slice(-2)).toEqual(["GRAB_JOB_UNIQ", "WORK_COMPLETE"]);
});

test("a link without work closes at once, so that nobody counts on it; the busy one when it is done", async () => {
  const [a, b] = await Promise.all([gearmandForTest(), gearmandForTest()]);
  const client = await connectedClient([a.asServer]);
  const hold = gate();
  const worker = await connectedWorker([a.asServer, b.asServer], { f: () => hold.opened.then(() => "done") });
  const job = submit(client, "f");
  await until("it to run", () => worker.running === 1);
  const drained = worker.drain();
  await until("the idle link to close", () => worker.links[1]?.state.type === "closed");
  expect(worker.links[0]?.state.type).toBe("up");
  await until("B to see it", async () => (await b.status("f")).workers === 0);
  hold.open();
  await within("the drain", drained);
  expect(await completeText(job)).toBe("done");
});

test("a connection lost while draining is not made again, and the drain ends with what runs", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer]);
  const hold = gate();
  const undeliverable: string[] = [];
  const worker = await connectedWorker(
    [gearmand.asServer],
    { f: () => hold.opened.then(() => "late") },
    { onUndeliverable: (_, body) => void undeliverable.push(body.toString()) },
  );
  submit(client, "f");
  await until("it to run", () => worker.running === 1);
  const drained = worker.drain();
  await gearmand.restart();
  await until("the link to be closed", () => worker.links[0]?.state.type === "closed");
  hold.open();
  await within("the drain", drained);
  expect(undeliverable).toEqual(["late"]);
});

test("draining twice, before the start, and while no server answers", async () => {
  const gearmand = await gearmandForTest();
  const worker = await connectedWorker([gearmand.asServer], { f: async () => "" });
  await gearmand.kill();
  await until("the link to be down", () => worker.links[0]?.state.type !== "up");
  await within("both drains", Promise.all([worker.drain(), worker.drain()]));
  expect(worker.links[0]?.state.type).toBe("closed");
  await worker.close();
});

test("a server that hangs does not hold up a drain for ever", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer]);
  const hold = gate();
  const undeliverable: string[] = [];
  const worker = await connectedWorker(
    [gearmand.asServer],
    { f: () => hold.opened.then(() => "late") },
    {
      pingIntervalMs: 100,
      pongTimeoutMs: 500,
      onUndeliverable: (_, body) => void undeliverable.push(body.toString()),
    },
  );
  submit(client, "f");
  await until("it to run", () => worker.running === 1);
  await hang(gearmand);
  const drained = worker.drain();
  hold.open();
  await within("the drain", drained);
  expect(undeliverable).toEqual(["late"]);
});
