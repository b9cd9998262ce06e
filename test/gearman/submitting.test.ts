import { expect, test } from "vitest";
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
  // gearmand notices the close in its own time; until then it would hand the abandoned job to a worker as well.
  const shown = /^H:rr:1\t\d+\t(?<nobodyWaits>[01])\t/;
  await until("gearmand to notice that its client has gone", async () => {
    return shown.exec(await gearmand.admin("show jobs"))?.groups?.["nobodyWaits"] === "1";
  });
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
