import { expect, test } from "vitest";
import { Places } from "@roadrunner/core/gearman";
import { findFreePort } from "../support/free-port.ts";
import { startGearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  freshUnique,
  gate,
  gearmandForTest,
  startClient,
  submit,
  untilUp,
} from "./kit.ts";
import { startRawWorker } from "./raw-peers.ts";
import { startRelay } from "./relay.ts";
import { startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

test("submitted while down: rejected at once, and nothing of it runs when the server comes up", async () => {
  const port = await findFreePort();
  const client = startClient([{ host: "127.0.0.1", port }]);
  const jobs = Array.from({ length: 10 }, () => submit(client, "f"));
  for (const result of await Promise.all(jobs.map(({ result }) => result)))
    expect(result).toEqual({
      kind: "rejected",
      code: "NOT_CONNECTED",
      reason: "no job server is connected; nothing was sent",
    });
  const gearmand = await gearmandForTest({ port });
  const ran: string[] = [];
  await connectedWorker([gearmand.asServer], {
    f: async ({ workload }) => {
      ran.push(workload.toString());
      return "";
    },
  });
  await untilUp(client);
  await completeText(submit(client, "f", { workload: "after" }));
  expect(ran).toEqual(["after"]);
});

test("names that cannot go over the wire are refused before anything is sent, and the rest goes on", async () => {
  const gearmand = await gearmandForTest();
  const relay = await startRelay(gearmand);
  const client = await connectedClient([relay.address], { pingIntervalMs: 600_000 });
  const sentBefore = relay.upBytes();
  const bad = ["", "x".repeat(64), "a\0b", "a b", "a\tb"];
  const results = await Promise.all([
    ...bad.map((functionName) => submit(client, functionName).result),
    ...bad.map((unique) => submit(client, "f", { unique }).result),
  ]);
  for (const result of results) expect(result).toMatchObject({ kind: "rejected", code: "INVALID" });
  expect(relay.upBytes()).toBe(sentBefore);
  const [longFunction, longUnique] = ["f".repeat(63), "u".repeat(63)];
  await connectedWorker([relay.address], { [longFunction]: async ({ unique }) => unique });
  expect(await completeText(submit(client, longFunction, { unique: longUnique }))).toBe(longUnique);
});

test("a unique in flight is refused, also while only the server still knows it; afterwards it is free", async () => {
  const gearmand = await gearmandForTest();
  const hold = gate();
  await connectedWorker([gearmand.asServer], { f: () => hold.opened.then(() => "first") });
  const client = await connectedClient([gearmand.asServer]);
  const unique = freshUnique();
  const first = submit(client, "f", { unique });
  const refusal = {
    kind: "rejected",
    code: "DUPLICATE",
    reason: `the unique "${unique}" is in flight already`,
  };
  expect(await submit(client, "f", { unique }).result).toEqual(refusal);
  first.abandon("enough");
  expect(await first.result).toEqual({ kind: "lost", maybeRunning: true, reason: "enough" });
  expect(await submit(client, "f", { unique }).result).toEqual(refusal);
  hold.open();
  await until("the server to have told its end", async () => {
    const again = await submit(client, "f", { unique }).result;
    return again.kind === "complete";
  });
});

test("after a crash of the client a fresh unique for the same work is never stuck", async () => {
  const gearmand = await gearmandForTest();
  const crashed = await connectedClient([gearmand.asServer]);
  const abandoned = submit(crashed, "f", { workload: "task" });
  await until("gearmand to have it", async () => (await gearmand.status("f")).total === 1);
  await crashed.close();
  expect(await abandoned.result).toMatchObject({ kind: "lost" });
  const client = await connectedClient([gearmand.asServer]);
  const again = submit(client, "f", { workload: "task" });
  const runs: string[] = [];
  await connectedWorker([gearmand.asServer], {
    f: async ({ unique }) => {
      runs.push(unique);
      return "";
    },
  });
  await completeText(again);
  expect(runs).toEqual([again.unique]);
});

test("200 jobs that end each in its own way: each end reaches its own job", async () => {
  const gearmand = await gearmandForTest();
  // Ours never fails a job; other workers do.
  await startRawWorker(gearmand.port, "mixed", (peer, handle, workload) => {
    const number = Number(workload.toString());
    if (number % 4 === 0) peer.send("WORK_EXCEPTION", handle, `exception ${number}`);
    else if (number % 4 === 1) peer.send("WORK_FAIL", handle);
    else peer.send("WORK_COMPLETE", handle, `complete ${number}`);
  });
  const client = await connectedClient([gearmand.asServer]);
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, number) => submit(client, "mixed", { workload: String(number) }).result),
  );
  const told = results.map((result) =>
    result.kind === "complete" || result.kind === "exception" ? result.data.toString() : result.kind,
  );
  const kinds = ["exception", "failed", "complete", "complete"];
  expect(told).toEqual(
    results.map((_, number) => (number % 4 === 1 ? "failed" : `${kinds[number % 4]} ${number}`)),
  );
  expect(client.state.type).toBe("up");
});

test("at most so many are in flight; the next is rejected, and nothing of it is sent", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer], { maxInFlight: 5 });
  const jobs = Array.from({ length: 5 }, () => submit(client, "f", { workload: Buffer.alloc(100_000) }));
  expect(client.inFlight).toBe(5);
  expect(await submit(client, "f").result).toEqual({
    kind: "rejected",
    code: "TOO_MANY_IN_FLIGHT",
    reason: "5 jobs are in flight already",
  });
  await connectedWorker([gearmand.asServer], { f: async () => "" });
  await Promise.all(jobs.map(completeText));
  expect(client.inFlight).toBe(0);
  expect(await completeText(submit(client, "f"))).toBe("");
});

test("no answer in time: lost, and its late 200 kB disturb nobody", async () => {
  const gearmand = await gearmandForTest();
  const hold = gate();
  await connectedWorker(
    [gearmand.asServer],
    {
      slow: () => hold.opened.then(() => Buffer.alloc(200_000)),
      quick: async () => "quick",
    },
    { places: new Places(2) },
  );
  const client = await connectedClient([gearmand.asServer]);
  const late = submit(client, "slow", { timeoutMs: 300 });
  expect(await late.result).toEqual({ kind: "lost", maybeRunning: true, reason: "no answer within 300 ms" });
  hold.open();
  for (let round = 0; round < 20; round += 1)
    expect(await completeText(submit(client, "quick"))).toBe("quick");
  await until("the late one to have ended", async () => (await gearmand.status("slow")).total === 0);
});

test("60 chunks of 64 kB reach a slow consumer whole and in order", async () => {
  const gearmand = await gearmandForTest();
  const chunk = (number: number) => Buffer.alloc(65_536, String.fromCharCode(33 + number));
  await connectedWorker([gearmand.asServer], {
    stream: async (job) => {
      for (let number = 0; number < 60; number += 1) expect(await job.sendData(chunk(number))).toBe(true);
      return "end";
    },
  });
  // Far less is kept than is sent: the connection itself has to wait.
  const client = await connectedClient([gearmand.asServer], { maxKeptBytes: 200_000, pingIntervalMs: 100 });
  const heard: Buffer[] = [];
  const job = submit(client, "stream", {
    onData: async (data) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      heard.push(data);
    },
  });
  expect(await completeText(job)).toBe("end");
  expect(heard.map((data, number) => data.equals(chunk(number)))).toEqual(Array(60).fill(true));
});

test("what waits for consumers is bounded: the server keeps the rest, and is not taken for dead", async () => {
  const chunks = 400;
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name !== "SUBMIT_JOB") return;
      peer.send("JOB_CREATED", "H:1");
      for (let number = 0; number < chunks; number += 1) peer.send("WORK_DATA", "H:1", Buffer.alloc(65_536));
      peer.send("WORK_COMPLETE", "H:1", "end");
    },
  });
  const client = await connectedClient([server.address], {
    maxKeptBytes: 1_000_000,
    pingIntervalMs: 50,
    pongTimeoutMs: 1_500,
  });
  const hold = gate();
  let heard = 0;
  const job = submit(client, "f", {
    onData: async () => {
      heard += 1;
      await hold.opened;
    },
  });
  await until("the first chunk", () => heard === 1);
  const leftAtServer = () => server.peers[0]?.socket.writableLength ?? 0;
  let before = -1;
  await until("the reading to stop", async () => {
    before = leftAtServer();
    // Longer than a ping and its answer may take together.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return leftAtServer() === before;
  });
  expect(before).toBeGreaterThan(0);
  expect(client.state.type).toBe("up");
  hold.open();
  expect(await completeText(job)).toBe("end");
  expect(heard).toBe(chunks);
});

test("a slow consumer does not hold up the others while there is room for what waits", async () => {
  const gearmand = await gearmandForTest();
  await connectedWorker(
    [gearmand.asServer],
    {
      stream: async (job) => {
        for (let number = 0; number < 20; number += 1) await job.sendData(Buffer.alloc(65_536));
        return "end";
      },
      quick: async () => "quick",
    },
    { places: new Places(2) },
  );
  const client = await connectedClient([gearmand.asServer]);
  const hold = gate();
  const slow = submit(client, "stream", { onData: () => hold.opened });
  expect(await completeText(submit(client, "quick"))).toBe("quick");
  hold.open();
  expect(await completeText(slow)).toBe("end");
});

test("results are bytes, also empty ones and ones that are no text", async () => {
  const gearmand = await gearmandForTest();
  const bytes = Buffer.from([0, 255, 10, 13, 0]);
  await connectedWorker([gearmand.asServer], { echo: async (job) => job.workload });
  const client = await connectedClient([gearmand.asServer]);
  expect(await submit(client, "echo").result).toEqual({ kind: "complete", data: Buffer.alloc(0) });
  expect(await submit(client, "echo", { workload: bytes }).result).toEqual({ kind: "complete", data: bytes });
  const large = Buffer.alloc(3_000_000, "0123456789");
  const result = await submit(client, "echo", { workload: large }).result;
  expect(result.kind === "complete" && result.data.equals(large)).toBe(true);
});

test("a full queue is told as such, and the connection goes on", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer]);
  const accepted: string[] = [];
  const onAccepted = (handle: string) => accepted.push(handle);
  const first = submit(client, "f", { onAccepted });
  await until("gearmand to know the function", () => accepted.length === 1);
  await gearmand.admin("maxqueue f 2");
  const second = submit(client, "f", { onAccepted });
  const refused = await Promise.all([submit(client, "f").result, submit(client, "f").result]);
  for (const result of refused) expect(result).toMatchObject({ kind: "rejected", code: "QUEUE_FULL" });
  expect(accepted).toEqual([expect.stringMatching(/^H:rr:/), expect.stringMatching(/^H:rr:/)]);
  await connectedWorker([gearmand.asServer], { f: async () => "" });
  await Promise.all([first, second].map(completeText));
});

test("another error in answer to a submission is that submission's", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, packet) => {
      if (packet.name !== "SUBMIT_JOB") return;
      if (packet.body(2).toString() === "bad") peer.send("ERROR", "NOT_FLUSHED", "no idea");
      else {
        peer.send("JOB_CREATED", "H:1");
        peer.send("WORK_COMPLETE", "H:1", "good");
      }
    },
  });
  const client = await connectedClient([server.address]);
  const bad = submit(client, "f", { workload: "bad" });
  const good = submit(client, "f", { workload: "good" });
  expect(await bad.result).toEqual({
    kind: "rejected",
    code: "SERVER_ERROR",
    reason: "the job server refused it: NOT_FLUSHED: no idea",
  });
  expect(await completeText(good)).toBe("good");
});

test("answers over the limit end the submission, not the connection", async () => {
  const gearmand = await gearmandForTest();
  const sent: boolean[] = [];
  await connectedWorker(
    [gearmand.asServer],
    {
      chatty: async (job) => {
        for (let number = 0; number < 10; number += 1) sent.push(await job.sendData(Buffer.alloc(100_000)));
        return "end";
      },
      large: async () => Buffer.alloc(600_000),
      quick: async () => "quick",
    },
    { maxDataBytes: 800_000 },
  );
  const client = await connectedClient([gearmand.asServer], { maxAnswerBytes: 500_000 });
  const heard: number[] = [];
  const chatty = submit(client, "chatty", { onData: ({ length }) => void heard.push(length) });
  const reason = "its answers are over 500000 bytes";
  expect(await chatty.result).toEqual({ kind: "tooLarge", limitBytes: 500_000, reason });
  expect(heard).toEqual(Array(5).fill(100_000));
  expect(await submit(client, "large").result).toEqual({ kind: "tooLarge", limitBytes: 500_000, reason });
  expect(await completeText(submit(client, "quick"))).toBe("quick");
  // The worker's own limit: 8 chunks went out, 2 did not.
  expect(sent).toEqual([...Array(8).fill(true), false, false]);
});

test("cancelled by an admin while it runs: failed at once, and the late result disturbs nobody", async () => {
  const gearmand = await gearmandForTest();
  const hold = gate();
  const worker = await connectedWorker(
    [gearmand.asServer],
    { f: () => hold.opened.then(() => Buffer.alloc(200_000)), quick: async () => "quick" },
    { places: new Places(2) },
  );
  const client = await connectedClient([gearmand.asServer]);
  let handle = "";
  const job = submit(client, "f", { onAccepted: (given) => (handle = given) });
  await until("it to run", () => worker.running === 1);
  expect(await gearmand.admin(`cancel job ${handle}`)).toContain("OK");
  expect(await job.result).toEqual({ kind: "failed" });
  hold.open();
  await until("the worker to have answered", () => worker.running === 0);
  for (let round = 0; round < 20; round += 1)
    expect(await completeText(submit(client, "quick"))).toBe("quick");
});

test("packets that are not wanted, however long, hold up nothing", async () => {
  const gearmand = await gearmandForTest();
  await startRawWorker(gearmand.port, "f", (peer, handle) => {
    peer.send("WORK_WARNING", handle, Buffer.alloc(200_000));
    peer.send("WORK_COMPLETE", handle, "done");
  });
  const client = await connectedClient([gearmand.asServer]);
  for (let round = 0; round < 5; round += 1) expect(await completeText(submit(client, "f"))).toBe("done");
});

test("a worker that dies with the job: failed, and the job is not started again", async () => {
  const gearmand = await gearmandForTest();
  const starts: string[] = [];
  await startRawWorker(gearmand.port, "f", (peer, handle) => {
    starts.push(handle);
    peer.end();
  });
  const client = await connectedClient([gearmand.asServer]);
  expect(await submit(client, "f").result).toEqual({ kind: "failed" });
  await connectedWorker([gearmand.asServer], { f: async () => "second", g: async () => "g" });
  await completeText(submit(client, "g"));
  expect(starts).toHaveLength(1);
});

test("it also works with a gearmand of default options", async () => {
  const gearmand = await startGearmand({ args: [] });
  const server = { host: gearmand.address, port: gearmand.port };
  const client = await connectedClient([server]);
  const worker = await connectedWorker([server], { f: async ({ workload }) => workload });
  const texts = await Promise.all(
    Array.from({ length: 100 }, (_, number) =>
      completeText(submit(client, "f", { workload: String(number) })),
    ),
  );
  expect(texts).toEqual(texts.map((_, number) => String(number)));
  await Promise.all([client.close(), worker.drain()]);
  await gearmand.stop();
});
