import { expect, test } from "vitest";
import { adminStatus, adminWorkers, GearmanWorker, Places } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  gearmandForTest,
  hearLog,
  startWorker,
  submit,
  untilListening,
} from "./kit.ts";
import { startRelay } from "./relay.ts";
import { assigning, startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

test("each job has exactly one WORK_COMPLETE, whatever its handler does, and nothing else ends it", async () => {
  const handles = ["ok", "text", "throws", "throws-at-once", "undefined", "object", "too-large", "unasked"];
  const server = await startScriptedServer({ onPacket: assigning(...handles) });
  const { log, lines } = hearLog();
  const worker = await connectedWorker(
    [server.address],
    {
      f: ({ handle }) => {
        if (handle === "throws-at-once") throw new Error("at once");
        return (async () => {
          if (handle === "ok") return Buffer.from("bytes");
          if (handle === "text") return "text";
          if (handle === "throws") throw new Error("later");
          if (handle === "undefined") return undefined as unknown as string;
          if (handle === "object") return {} as unknown as string;
          return handle === "too-large" ? Buffer.alloc(1001) : "";
        })();
      },
    },
    {
      log,
      maxResultBytes: 1000,
      onHandlerError: (job, error) => {
        if (job.handle === "object") throw new Error("this too");
        return `refused: ${error instanceof Error ? error.message : ""}`;
      },
    },
  );
  const answers = () => server.peers[0]?.received.filter(({ name }) => name.startsWith("WORK_")) ?? [];
  await until("all answers", () => answers().length === handles.length);
  await worker.drain();
  expect(answers().map((packet) => [packet.name, packet.arg(0), packet.body(1).toString()])).toEqual(
    expect.arrayContaining([
      ["WORK_COMPLETE", "ok", "bytes"],
      ["WORK_COMPLETE", "text", "text"],
      ["WORK_COMPLETE", "throws", "refused: later"],
      ["WORK_COMPLETE", "throws-at-once", "refused: at once"],
      ["WORK_COMPLETE", "undefined", "refused: bug: a job's result is undefined, not text or bytes"],
      ["WORK_COMPLETE", "object", ""],
      ["WORK_COMPLETE", "too-large", "refused: bug: a job's result has 1001 bytes; at most 1000 are sent"],
      ["WORK_COMPLETE", "unasked", ""],
    ]),
  );
  expect(answers()).toHaveLength(handles.length);
  expect(lines.filter((line) => line.startsWith("error bug: the handler of f failed"))).toHaveLength(5);
});

test("a job of a function that nobody registered is answered too", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name === "GRAB_JOB_UNIQ" && peer.count(name) === 1)
        peer.send("JOB_ASSIGN_UNIQ", "H:1", "g", "u", "");
    },
  });
  await connectedWorker(
    [server.address],
    { f: async () => "" },
    { onHandlerError: () => "no such function" },
  );
  const answer = () => server.peers[0]?.received.find(({ name }) => name === "WORK_COMPLETE");
  await until("the answer", answer);
  expect(answer()?.body(1).toString()).toBe("no such function");
});

test("a workload that is too long is not read; the job still has its one answer, and so has the next", async () => {
  const gearmand = await gearmandForTest();
  const worker = await connectedWorker(
    [gearmand.asServer],
    { f: async ({ workload, workloadBytes }) => `${workload.length} of ${workloadBytes}` },
    { maxWorkloadBytes: 100_000, places: new Places(3) },
  );
  const client = await connectedClient([gearmand.asServer]);
  const lengths = Array.from({ length: 5 }, () => [0, 5_000_000, 100_000, 100_001, 10]).flat();
  const jobs = lengths.map((length) => submit(client, "f", { workload: Buffer.alloc(length) }));
  expect(await Promise.all(jobs.map(completeText))).toEqual(
    lengths.map((length) => `${length > 100_000 ? 0 : length} of ${length}`),
  );
  await worker.drain();
});

test("a handler knows its job", async () => {
  const gearmand = await gearmandForTest();
  await connectedWorker([gearmand.asServer], {
    f: async (job) => {
      const { functionName, handle, unique, server, grabbedAtMs } = job;
      const sinceMs = performance.now() - grabbedAtMs;
      return JSON.stringify({
        functionName,
        handle,
        unique,
        server,
        inTime: sinceMs >= 0 && sinceMs < 60_000,
      });
    },
  });
  const client = await connectedClient([gearmand.asServer]);
  let accepted = "";
  const job = submit(client, "f", { onAccepted: (handle) => (accepted = handle) });
  expect(JSON.parse(await completeText(job))).toEqual({
    functionName: "f",
    handle: accepted,
    unique: job.unique,
    server: gearmand.asServer,
    inTime: true,
  });
});

test("its id and functions are there again after a lost connection", async () => {
  const gearmand = await gearmandForTest();
  const relay = await startRelay(gearmand);
  const worker = startWorker(
    [relay.address],
    { f: async () => "", g: async () => "" },
    { clientId: "box1-42" },
  );
  const registered = async () => {
    await untilListening(worker);
    const workers = await adminWorkers(gearmand.asServer);
    return (
      workers.ok && workers.value.some((row) => row.clientId === "box1-42" && row.functions.length === 2)
    );
  };
  await until("it to be registered", registered);
  relay.reset();
  await until("it to be gone", () => worker.links[0]?.state.type !== "up");
  await until("it to be registered again", registered);
  const status = await adminStatus(gearmand.asServer);
  expect(status.ok && status.value.map(({ name }) => name).sort()).toEqual(["f", "g"]);
});

test("names that cannot go over the wire, and a function that is there twice, are bugs", () => {
  const make = (clientId: string, ...names: string[]) =>
    new GearmanWorker({
      servers: [{ host: "a", port: 1 }],
      clientId,
      functions: names.map((name) => ({ name, handler: async () => "" })),
      places: new Places(1),
      onHandlerError: () => "",
      onUndeliverable: () => {},
    });
  expect(() => make("box 1", "f")).toThrow("client id");
  expect(() => make("box1", "x".repeat(64))).toThrow("function name");
  expect(() => make("box1", "f", "f")).toThrow("twice");
});
