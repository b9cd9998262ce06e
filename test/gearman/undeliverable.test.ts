import { expect, test } from "vitest";
import { Places, type GrabbedJob } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  freshUnique,
  gate,
  gearmandForTest,
  hearLog,
  startWorker,
  submit,
  untilListening,
} from "./kit.ts";
import { startRelay } from "./relay.ts";
import { startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

function kept() {
  const results: [unique: string, body: string][] = [];
  return {
    results,
    onUndeliverable: (job: GrabbedJob, body: Buffer) => void results.push([job.unique, body.toString()]),
  };
}

test("a result whose connection went meanwhile is handed over, and not sent on the next connection", async () => {
  const gearmand = await gearmandForTest();
  const relay = await startRelay(gearmand);
  const client = await connectedClient([gearmand.asServer]);
  const hold = gate();
  const { results, onUndeliverable } = kept();
  const { log, lines } = hearLog();
  const lost: boolean[] = [];
  const worker = await connectedWorker(
    [relay.address],
    {
      f: async (job) => {
        job.connectionLost.addEventListener("abort", () => lost.push(true));
        await hold.opened;
        expect(job.connectionLost.aborted).toBe(true);
        expect(await job.sendData("late")).toBe(false);
        return "the result";
      },
      g: async () => "still works",
    },
    { onUndeliverable, log, places: new Places(2) },
  );
  const job = submit(client, "f");
  await until("it to run", () => worker.running === 1);
  relay.reset();
  expect(await job.result).toEqual({ kind: "failed" });
  await untilListening(worker);
  await until("the handler to know", () => lost.length === 1);
  hold.open();
  await until("the result", () => results.length === 1);
  expect(results).toEqual([[job.unique, "the result"]]);
  expect(worker.running).toBe(0);
  // Sent on the new connection, it would have come back as an error.
  expect(await completeText(submit(client, "g"))).toBe("still works");
  expect(lines.filter((line) => !line.startsWith("debug"))).toEqual([
    expect.stringMatching(/^warn the result of H:rr:\d+ may not have reached 127\.0\.0\.1:\d+$/),
  ]);
});

test("a result that was kept answers the same task when it comes again", async () => {
  const gearmand = await gearmandForTest();
  const relay = await startRelay(gearmand);
  const client = await connectedClient([gearmand.asServer]);
  const hold = gate();
  const answers = new Map<string, Buffer>();
  let runs = 0;
  const key = ({ workload }: GrabbedJob) => workload.toString();
  const worker = await connectedWorker(
    [relay.address],
    {
      f: async (job) => {
        const answer = answers.get(key(job));
        if (answer !== undefined) return answer;
        runs += 1;
        await hold.opened;
        return `ran ${runs} times`;
      },
    },
    { onUndeliverable: (job, body) => void answers.set(key(job), body) },
  );
  const first = submit(client, "f", { workload: "task 1" });
  await until("it to run", () => worker.running === 1);
  relay.reset();
  expect(await first.result).toEqual({ kind: "failed" });
  hold.open();
  await until("the result to be kept", () => answers.size === 1);
  expect(await completeText(submit(client, "f", { workload: "task 1", unique: freshUnique() }))).toBe(
    "ran 1 times",
  );
});

test("a result that was written, but that nothing proves to have arrived, is handed over too", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name === "GRAB_JOB_UNIQ" && peer.count("GRAB_JOB_UNIQ") === 1 && server.peers.length === 1)
        peer.send("JOB_ASSIGN_UNIQ", "H:1", "f", "u1", "");
      // The next grab stays unanswered: the server may have died before it read the result.
      if (name === "WORK_COMPLETE") peer.reset();
    },
  });
  const { results, onUndeliverable } = kept();
  const worker = startWorker([server.address], { f: async () => "written" }, { onUndeliverable });
  await until("the result", () => results.length === 1);
  expect(results).toEqual([["u1", "written"]]);
  expect(worker.running).toBe(0);
});

test("a result that says itself what to do then is asked, and nobody else", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name === "GRAB_JOB_UNIQ" && peer.count("GRAB_JOB_UNIQ") === 1 && server.peers.length === 1)
        peer.send("JOB_ASSIGN_UNIQ", "H:1", "f", "u1", "");
      if (name === "WORK_COMPLETE") peer.reset();
    },
  });
  const { results, onUndeliverable } = kept();
  const asked: string[] = [];
  const result = { body: "written", undeliverable: () => void asked.push("by the result") };
  startWorker([server.address], { f: async () => result }, { onUndeliverable });
  await until("the result to be asked", () => asked.length === 1);
  expect(results).toEqual([]);
  expect(server.peers[0]?.count("WORK_COMPLETE")).toBe(1);
});

test("a result that the server's next answer proves is not", async () => {
  const jobs = ["H:1", "H:2"];
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name !== "GRAB_JOB_UNIQ") return;
      const job = jobs.shift();
      if (job === undefined) peer.send("NO_JOB");
      else peer.send("JOB_ASSIGN_UNIQ", job, "f", `u-${job}`, "");
    },
  });
  const { results, onUndeliverable } = kept();
  const places = new Places(1);
  const worker = startWorker([server.address], { f: async () => "written" }, { onUndeliverable, places });
  await until("it to sleep", () => server.peers[0]?.count("PRE_SLEEP") === 1);
  expect(server.peers[0]?.count("WORK_COMPLETE")).toBe(2);
  server.peers[0]?.reset();
  await until("another connection", () => server.peers.length === 2);
  await worker.close();
  expect(results).toEqual([]);
});

test("with several jobs at once, only those are handed over whose arrival is not proved", async () => {
  const holds = new Map([1, 2, 3].map((number) => [`u${number}`, gate()]));
  let grabs = 0;
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name !== "GRAB_JOB_UNIQ" || server.peers.length > 1) return;
      grabs += 1;
      if (grabs <= 3) peer.send("JOB_ASSIGN_UNIQ", `H:${grabs}`, "f", `u${grabs}`, "");
      if (grabs === 4) peer.send("NO_JOB");
    },
  });
  const { results, onUndeliverable } = kept();
  const worker = startWorker(
    [server.address],
    {
      f: async ({ unique }) => {
        await holds.get(unique)?.opened;
        return `result of ${unique}`;
      },
    },
    { onUndeliverable, places: new Places(4), pokeIntervalMs: 600_000 },
  );
  const peer = () => server.peers[0];
  const answers = (count: number) =>
    until(`${count} answers`, () => peer()?.count("WORK_COMPLETE") === count);
  await until("it to sleep", () => peer()?.count("PRE_SLEEP") === 1);
  holds.get("u2")?.open();
  await answers(1);
  // Woken, it grabs, which the server does not answer: nothing proves u2 yet, nor u3, written after the grab.
  peer()?.send("NOOP");
  await until("the grab", () => grabs === 5);
  holds.get("u3")?.open();
  await answers(2);
  peer()?.send("NO_JOB");
  await until("it to sleep again", () => peer()?.count("PRE_SLEEP") === 2);
  // That answer proved u2. u1 still runs.
  peer()?.reset();
  await until("another connection", () => server.peers.length === 2);
  expect(results).toEqual([["u3", "result of u3"]]);
  holds.get("u1")?.open();
  await until("the last", () => results.length === 2);
  expect(results[1]).toEqual(["u1", "result of u1"]);
  expect(worker.running).toBe(0);
});

test("a chunk that waits for the server when the connection goes was not sent", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name === "GRAB_JOB_UNIQ" && server.peers.length === 1) {
        peer.send("JOB_ASSIGN_UNIQ", "H:1", "f", "u1", "");
        peer.socket.pause();
      }
    },
  });
  const sent: boolean[] = [];
  const { results, onUndeliverable } = kept();
  let waiting = false;
  startWorker(
    [server.address],
    {
      f: async (job) => {
        for (;;) {
          waiting = true;
          sent.push(await job.sendData(Buffer.alloc(65_536)));
          waiting = false;
          if (sent.at(-1) === false) return "end";
        }
      },
    },
    { onUndeliverable, maxDataBytes: Number.POSITIVE_INFINITY },
  );
  let before = -1;
  await until("it to wait for the server", async () => {
    before = sent.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return waiting && before > 0 && sent.length === before;
  });
  server.peers[0]?.reset();
  await until("its end", () => results.length === 1);
  expect(sent.indexOf(false)).toBe(before);
});

test("closed at once: what runs becomes undeliverable, and its place comes back when it ends", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer]);
  const places = new Places(1);
  const hold = gate();
  const { results, onUndeliverable } = kept();
  const worker = await connectedWorker(
    [gearmand.asServer],
    { f: () => hold.opened.then(() => "late") },
    { places, onUndeliverable },
  );
  const job = submit(client, "f");
  await until("it to run", () => worker.running === 1);
  await worker.close();
  expect(await job.result).toEqual({ kind: "failed" });
  expect([places.inUse, results.length]).toEqual([1, 0]);
  hold.open();
  await until("the place", () => places.inUse === 0);
  expect(results).toEqual([[job.unique, "late"]]);
});

test("onUndeliverable that throws is logged, and the worker lives on", async () => {
  const gearmand = await gearmandForTest();
  const relay = await startRelay(gearmand);
  const client = await connectedClient([gearmand.asServer]);
  const hold = gate();
  const { log, lines } = hearLog();
  const worker = await connectedWorker(
    [relay.address],
    { f: () => hold.opened.then(() => "") },
    {
      log,
      onUndeliverable: () => {
        throw new Error("disk full");
      },
    },
  );
  submit(client, "f");
  await until("it to run", () => worker.running === 1);
  relay.reset();
  await until("the connection to be gone", () => worker.links[0]?.state.type !== "up");
  hold.open();
  await untilListening(worker);
  expect(await completeText(submit(client, "f"))).toBe("");
  expect(lines).toContainEqual(expect.stringMatching(/^error bug: onUndeliverable threw for .*: disk full$/));
});
