import { expect, test } from "vitest";
import { Places } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import { completeText, connectedClient, connectedWorker, gate, gearmandForTest, submit } from "./kit.ts";
import { startRawWorker } from "./raw-peers.ts";
import { startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

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
