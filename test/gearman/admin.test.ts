import { expect, test } from "vitest";
import { adminStatus, adminVersion, adminWorkers, type Dial } from "@roadrunner/core/gearman";
import { connect } from "node:net";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until, within } from "../support/until.ts";
import { connectedClient, connectedWorker, gate, gearmandForTest, hang, submit } from "./kit.ts";
import { connectRawPeer } from "./raw-peers.ts";
import { startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

/** What a scripted server says in answer to whatever comes, and what it does then. */
async function answering(text: string, options: { readonly end?: boolean } = {}) {
  const server = await startScriptedServer({
    onConnect: ({ socket }) => {
      socket.once("data", () => {
        socket.write(text);
        if (options.end === true) socket.end();
      });
    },
  });
  return server.address;
}

test("status, workers and version of a real gearmand", async () => {
  const gearmand = await gearmandForTest();
  const hold = gate();
  await connectedWorker(
    [gearmand.asServer],
    { f: () => hold.opened.then(() => ""), g: async () => "" },
    { clientId: "box-1" },
  );
  const client = await connectedClient([gearmand.asServer]);
  for (let job = 0; job < 3; job += 1) submit(client, "f");
  submit(client, "nobody");
  await until("one to run", async () => (await gearmand.status("f")).running === 1);
  const status = await adminStatus(gearmand.asServer);
  expect(status.ok && status.value.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: "f", queued: 2, running: 1, workers: 1 },
    { name: "g", queued: 0, running: 0, workers: 1 },
    { name: "nobody", queued: 1, running: 0, workers: 0 },
  ]);
  const workers = await adminWorkers(gearmand.asServer);
  expect(workers.ok && workers.value.find(({ clientId }) => clientId === "box-1")).toMatchObject({
    address: "127.0.0.1",
    functions: expect.arrayContaining(["f", "g"]) as string[],
  });
  const version = await adminVersion(gearmand.asServer);
  expect(version.ok && version.value).toMatch(/^\d+\.\d+/);
});

test("many functions, in whatever pieces they come", async () => {
  const rows = Array.from({ length: 5_000 }, (_, number) => `rr-run.pool-${number}\t1\t1\t2\n`);
  const address = await answering(`${rows.join("")}.\n`);
  const status = await adminStatus(address);
  expect(status.ok && status.value).toHaveLength(5_000);
});

test("nobody listens", async () => {
  const port = await findFreePort();
  for (const ask of [adminStatus, adminWorkers, adminVersion]) {
    const result = await ask({ host: "127.0.0.1", port });
    expect(result).toEqual({
      ok: false,
      error: { kind: "unreachable", reason: `127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}` },
    });
  }
});

test("no such name", async () => {
  const result = await adminStatus({ host: "no-such-host.invalid", port: 4730 });
  expect(result).toMatchObject({ ok: false, error: { kind: "unreachable" } });
});

test("no connection in time", async () => {
  // A name that is never looked up stands for a network that swallows every SYN.
  const dial: Dial = () => connect({ host: "nowhere", port: 1, lookup: () => {} });
  const result = await within(
    "the answer",
    adminStatus({ host: "nowhere", port: 1 }, { timeoutMs: 100, dial }),
  );
  expect(result).toEqual({
    ok: false,
    error: { kind: "unreachable", reason: "nowhere:1: no connection within 100 ms" },
  });
});

test("a server that hangs cannot tell", async () => {
  const gearmand = await gearmandForTest();
  await hang(gearmand);
  expect(await adminStatus(gearmand.asServer, { timeoutMs: 300 })).toEqual({
    ok: false,
    error: { kind: "cannotTell", reason: `${gearmand.server}: no answer to "status" within 300 ms` },
  });
});

test.each([
  ["a row that is none", "<html>\n.\n", 'not a row of a status: "<html>"'],
  ["an error", "ERR UNKNOWN_COMMAND Unknown+server+command\n", "ERR UNKNOWN_COMMAND"],
])("garbage: %s", async (_, text, reason) => {
  const result = await adminStatus(await answering(text));
  expect(result).toMatchObject({ ok: false, error: { kind: "garbage" } });
  expect(!result.ok && result.error.reason).toContain(reason);
});

test("garbage: the answer ends in the middle", async () => {
  const result = await adminStatus(await answering("f\t1\t", { end: true }));
  expect(result).toMatchObject({ ok: false, error: { kind: "garbage" } });
  expect(!result.ok && result.error.reason).toContain('closed before it had answered "status"');
});

test("a Gearman server without an admin protocol cannot tell", async () => {
  const server = await startScriptedServer({ polite: true });
  expect(await adminVersion(server.address, { timeoutMs: 200 })).toMatchObject({
    ok: false,
    error: { kind: "cannotTell" },
  });
  await until("the connection to end", () => server.open() === 0);
});

test("functions that others named with tabs, newlines, a lone dot or nothing", async () => {
  const gearmand = await gearmandForTest();
  const other = await connectRawPeer(gearmand.port, () => {});
  for (const name of ["", "a\tb", "c\nd", "e\n.\nf", "\n", ".", "sp ace"]) other.send("CAN_DO", name);
  await connectedWorker([gearmand.asServer], { f: async () => "" }, { clientId: "box-1" });
  await until("ours to be told among them", async () => {
    const status = await adminStatus(gearmand.asServer);
    return status.ok && status.value.some((row) => row.name === "f" && row.workers === 1);
  });
  const workers = await adminWorkers(gearmand.asServer);
  expect(workers.ok && workers.value.find(({ clientId }) => clientId === "box-1")?.functions).toEqual(["f"]);
});
