import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { adminStatus, Places } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";
import { completeText, connectedClient, connectedWorker, embeddedForTest, gate, submit } from "./kit.ts";
import { encode } from "../support/gearman-packets.ts";
import { connectRawPeer, startRawWorker, type RawPeer } from "./raw-peers.ts";

failOnLeftovers();

test("1000 tasks in flight, each with live output: every answer reaches its own task, in order", async () => {
  const server = await embeddedForTest();
  await connectedWorker(
    [server.address],
    {
      f: async (job) => {
        const task = job.workload.toString();
        await job.sendData(`started ${task}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        await job.sendData("output");
        return `end of ${task}`;
      },
    },
    { places: new Places(100) },
  );
  const client = await connectedClient([server.address]);
  const tasks = Array.from({ length: 1000 }, (_, number) => {
    const heard: string[] = [];
    const submission = submit(client, "f", {
      workload: `task ${number}`,
      onData: (chunk) => void heard.push(chunk.toString()),
    });
    expect(submission.unique).toHaveLength(35);
    return { number, heard, submission };
  });
  expect(client.inFlight).toBe(1000);
  for (const { number, heard, submission } of tasks) {
    expect(await completeText(submission)).toBe(`end of task ${number}`);
    expect(heard).toEqual([`started task ${number}`, "output"]);
  }
});

test("the socket is this user's alone, and is gone after close", async () => {
  const server = await embeddedForTest();
  const directory = dirname(server.address.host);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  await server.close();
  await expect(stat(directory)).rejects.toThrow("ENOENT");
});

test("a folder in which others could exchange it is not taken, nor a path that no socket can have", async () => {
  const temp = makeTempDir("embedded");
  const own = process.env.TMPDIR;
  try {
    const open = join(temp.path, "open");
    await mkdir(open, { mode: 0o777 });
    await chmod(open, 0o777);
    const long = join(temp.path, "long".repeat(25));
    await mkdir(long);
    for (const folder of [open, long]) {
      process.env.TMPDIR = folder;
      const server = await embeddedForTest();
      expect(server.address.host).toMatch(/^\/tmp\/roadrunner-\w{6}\/gearman$/);
      expect(await readdir(folder)).toEqual([]);
    }
  } finally {
    if (own === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = own;
    temp.remove();
  }
});

test("closed, it ends every connection, and what is in flight is lost", async () => {
  const server = await embeddedForTest();
  const hold = gate();
  const worker = await connectedWorker(
    [server.address],
    { f: () => hold.opened.then(() => "") },
    { onUndeliverable: () => {} },
  );
  const client = await connectedClient([server.address]);
  const job = submit(client, "f");
  await until("it to run", () => worker.running === 1);
  await within("the close", server.close());
  expect(await job.result).toMatchObject({ kind: "lost" });
  hold.open();
});

test("answers cannot be asked of it by admins", async () => {
  const server = await embeddedForTest();
  expect(await adminStatus(server.address, { timeoutMs: 100 })).toMatchObject({
    ok: false,
    error: { kind: "cannotTell" },
  });
});

test("a client that goes away with a large answer under way does not stop the worker", async () => {
  const server = await embeddedForTest();
  const hold = gate();
  const worker = await connectedWorker(
    [server.address],
    { large: () => hold.opened.then(() => Buffer.alloc(500_000)), quick: async () => "quick" },
    { places: new Places(2) },
  );
  const gone = await connectedClient([server.address]);
  submit(gone, "large");
  await until("it to run", () => worker.running === 1);
  await gone.close();
  const client = await connectedClient([server.address]);
  expect(await completeText(submit(client, "quick"))).toBe("quick");
  hold.open();
  await until("the large one to be answered", () => worker.running === 0);
  for (let round = 0; round < 20; round += 1)
    expect(await completeText(submit(client, "quick"))).toBe("quick");
  expect(worker.links[0]?.state.type).toBe("up");
});

test("a client that reads slowly does not stop the worker's other answers", async () => {
  const server = await embeddedForTest();
  await connectedWorker(
    [server.address],
    {
      large: async (job) => {
        for (let chunk = 0; chunk < 100; chunk += 1) await job.sendData(Buffer.alloc(65_536));
        return "end";
      },
      quick: async () => "quick",
    },
    { places: new Places(2) },
  );
  const slow = await connectedClient([server.address], { maxKeptBytes: 100_000 });
  const hold = gate();
  const large = submit(slow, "large", { onData: () => hold.opened });
  const client = await connectedClient([server.address]);
  for (let round = 0; round < 20; round += 1)
    expect(await completeText(submit(client, "quick"))).toBe("quick");
  hold.open();
  expect(await completeText(large)).toBe("end");
});

test("what other workers and strangers say does not crash it", async () => {
  const server = await embeddedForTest();
  const path = server.address.host;
  const client = await connectedClient([server.address]);
  // abraxas's own server throws for an exception of a job with a unique.
  await startRawWorker(path, "exception", (peer, handle) => peer.send("WORK_EXCEPTION", handle, "oh"));
  expect(await submit(client, "exception").result).toEqual({ kind: "failed" });
  for (const garbage of [
    Buffer.alloc(24 * 100, "\0BADxxxxyyyy"),
    Buffer.from("\0REQ\0\0\0\x07\0\0\0\xff", "latin1"),
    encode("REQ", "WORK_COMPLETE", "unique:nobody", Buffer.alloc(200_000)),
    encode("REQ", "CANT_DO", "f"),
  ]) {
    const socket = connect({ path });
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.write(garbage, () => resolve()));
    socket.destroy();
  }
  const peer = await connectRawPeer(path, () => {});
  peer.end();
  await connectedWorker([server.address], { f: async () => "alive" });
  expect(await completeText(submit(client, "f"))).toBe("alive");
  expect(client.state.type).toBe("up");
});

test.each([
  ["ends", (worker: RawPeer) => worker.end()],
  ["carries garbage", (worker: RawPeer) => worker.write(Buffer.alloc(24, "\0BADxxxxyyyy"))],
])("a worker whose connection %s: its job goes to another, whose answer counts", async (_, lose) => {
  const server = await embeddedForTest();
  const client = await connectedClient([server.address]);
  const taken = gate();
  const dying = await startRawWorker(server.address.host, "f", () => taken.open());
  const job = submit(client, "f");
  await taken.opened;
  lose(dying);
  await connectedWorker([server.address], { f: async () => "second" });
  expect(await within("the answer", job.result)).toEqual({ kind: "complete", data: Buffer.from("second") });
});

test("a unique that would break its workers is refused; the longest that does not is taken", async () => {
  const server = await embeddedForTest();
  await connectedWorker([server.address], { f: async ({ unique }) => unique });
  const client = await connectedClient([server.address]);
  expect(await submit(client, "f", { unique: "u".repeat(57), workload: "x".repeat(100_000) }).result).toEqual(
    {
      kind: "rejected",
      code: "SERVER_ERROR",
      reason: "the job server refused it: UNIQUE_TOO_LONG: this job server takes uniques of at most 56 bytes",
    },
  );
  expect(await completeText(submit(client, "f", { unique: "u".repeat(56) }))).toBe("u".repeat(56));
});
