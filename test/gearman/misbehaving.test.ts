import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { Places } from "@roadrunner/core/gearman";
import { claim, double, drop, shortHandles, swap } from "../support/gearman-faults.ts";
import { GearmanProxy, type Tampering } from "../support/gearman-proxy.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until, within } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  gate,
  gearmandForTest,
  startClient,
  startWorker,
  submit,
  untilListening,
  untilUp,
  type Handler,
} from "./kit.ts";
import { connectRawPeer } from "./raw-peers.ts";
import { startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

/** Pings that would notice only after the test has failed. */
const noPings = { pingIntervalMs: 600_000 };
const soon = { ...noPings, answerTimeoutMs: 500 };

async function tampered(options?: Parameters<typeof gearmandForTest>[0]) {
  const gearmand = await gearmandForTest(options);
  const proxy = await GearmanProxy.start(gearmand);
  onTestFinished(() => proxy.close());
  return { gearmand, proxy };
}

const echo: Handler = async ({ workload }) => `got ${workload.toString()}`;

describe("an answer of the job server that never comes", () => {
  test("JOB_CREATED: what is in flight is lost, and another connection is made", async () => {
    const { gearmand, proxy } = await tampered();
    await connectedWorker([gearmand.asServer], { f: echo });
    const client = await connectedClient([proxy.asServer], soon);
    proxy.tamper(drop("JOB_CREATED"));
    expect(await within("it to end", submit(client, "f").result)).toEqual({
      kind: "lost",
      maybeRunning: true,
      reason: "no answer to a submission within 500 ms",
    });
    proxy.tamper();
    await untilUp(client);
    expect(await completeText(submit(client, "f"))).toBe("got ");
    expect(proxy.made).toBe(2);
  });

  test("a JOB_CREATED that is slow to be read is no reason", async () => {
    const server = await startScriptedServer({
      onPacket: (peer, { name }) => {
        if (name === "SUBMIT_JOB") setTimeout(() => peer.send("JOB_CREATED", "H:1"), 200);
      },
    });
    const client = await connectedClient([server.address], soon);
    const accepted = gate();
    submit(client, "f", { onAccepted: accepted.open });
    await within("JOB_CREATED", accepted.opened);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(client.state.type).toBe("up");
  });

  test.each<readonly [string, Tampering]>([
    ["NO_JOB", drop("NO_JOB")],
    ["JOB_ASSIGN_UNIQ", drop("JOB_ASSIGN_UNIQ", 2)],
  ])("%s: the worker makes another connection and grabs again", async (_, tampering) => {
    const { gearmand, proxy } = await tampered();
    proxy.tamper(tampering);
    const worker = startWorker([proxy.asServer], { f: echo }, { ...soon, onUndeliverable: () => {} });
    const client = await connectedClient([gearmand.asServer]);
    const jobs = Array.from({ length: 3 }, () => submit(client, "f").result);
    await until("another connection", () => proxy.made > 1);
    proxy.tamper();
    await untilListening(worker);
    const kinds = (await within("all to end", Promise.all(jobs))).map(({ kind }) => kind);
    // With --job-retries=1 gearmand fails the job that it had given away on the connection that went.
    expect(kinds.filter((kind) => kind !== "complete" && kind !== "failed")).toEqual([]);
    expect(await completeText(submit(client, "f"))).toBe("got ");
  });

  test("ECHO_RES: whoever waits for the proof that all has arrived is told that nobody knows", async () => {
    const { gearmand, proxy } = await tampered();
    const told: boolean[] = [];
    const worker = await connectedWorker(
      [proxy.asServer],
      {
        f: async (job) => {
          await job.sendData("started");
          told.push(await job.dataArrived());
          return "";
        },
      },
      { ...soon, onUndeliverable: () => {} },
    );
    const client = await connectedClient([gearmand.asServer]);
    proxy.tamper(drop("ECHO_RES"));
    expect(await within("it to end", submit(client, "f").result)).toEqual({ kind: "failed" });
    proxy.tamper();
    await untilListening(worker);
    expect(await completeText(submit(client, "f"))).toBe("");
    expect(told).toEqual([false, true]);
  });
});

test("an ECHO_RES that comes twice proves nothing of what is sent after it", async () => {
  const answers: Buffer[] = [];
  const server = await startScriptedServer({
    polite: false,
    onConnect: (peer) => peer.send("OPTION_RES", "exceptions"),
    onPacket: (peer, packet) => {
      if (packet.name === "GRAB_JOB_UNIQ" && peer.count("GRAB_JOB_UNIQ") === 1)
        peer.send("JOB_ASSIGN_UNIQ", "H:1", "f", "u", "");
      if (packet.name !== "ECHO_REQ") return;
      answers.push(packet.data);
      if (answers.length > 1) return;
      peer.send("ECHO_RES", packet.data);
      peer.send("ECHO_RES", packet.data);
    },
  });
  const told: (boolean | "first")[] = [];
  const closed = gate();
  const worker = startWorker(
    [server.address],
    {
      f: async (job) => {
        if (await job.dataArrived()) told.push("first");
        told.push(await job.dataArrived());
        closed.open();
        return "";
      },
    },
    { ...noPings, onUndeliverable: () => {} },
  );
  await until("the second ECHO_REQ", () => answers.length === 2);
  await worker.close();
  await closed.opened;
  expect(told).toEqual(["first", false]);
});

describe("answers that are mixed up", () => {
  test("gearmand that cuts its handles tells two jobs by one: all is lost, by name", async () => {
    const { gearmand } = await tampered({ args: [`--job-handle-prefix=${"H:".padEnd(62, "x")}`] });
    const client = startClient([gearmand.asServer]);
    await untilUp(client);
    const reasons: unknown[] = [];
    client.onState((state) => {
      if (state.type === "down") reasons.push(state);
    });
    const jobs = Array.from({ length: 20 }, () => submit(client, "nobody").result);
    const results = await within("all to end", Promise.all(jobs));
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(["lost"]));
    expect(results[0]).toMatchObject({
      reason: expect.stringContaining("start it with --job-handle-prefix=H:rr") as string,
    });
    expect(reasons[0]).toMatchObject({ type: "down", mixesUp: true });
  });

  test("whoever finds that out has all that is in flight end as lost, on a new connection", async () => {
    const { gearmand, proxy } = await tampered();
    const never = gate();
    const hold: Handler = ({ workload }) =>
      workload.length > 0 ? echoLater(workload) : never.opened.then(() => "");
    const echoLater = async (workload: Buffer) => `got ${workload.toString()}`;
    await connectedWorker([gearmand.asServer], { f: hold }, { places: new Places(5) });
    const client = await connectedClient([proxy.asServer]);
    proxy.tamper(swap("JOB_CREATED"));
    const [first, second] = [submit(client, "f", { workload: "1" }), submit(client, "f", { workload: "2" })];
    expect([await completeText(first), await completeText(second)]).toEqual(["got 2", "got 1"]);
    proxy.tamper();
    const waiting = submit(client, "f");
    await until("it to run", async () => (await gearmand.status("f")).running === 1);
    client.distrust("answers of others came");
    expect(await within("it to end", waiting.result)).toMatchObject({
      kind: "lost",
      reason: "answers of others came",
    });
    await untilUp(client);
    never.open();
    expect(await completeText(submit(client, "f", { workload: "3" }))).toBe("got 3");
  });
});

describe("packets out of bounds", () => {
  test.each<readonly [string, Tampering]>([
    ["JOB_CREATED", claim("JOB_CREATED", 2 ** 31)],
    ["WORK_COMPLETE", claim("WORK_COMPLETE", 2 ** 31)],
    ["ECHO_RES", claim("ECHO_RES", 1_000_000)],
  ])(
    "a head of %s that claims more than anybody sends ends the connection at once",
    async (name, tampering) => {
      const { gearmand, proxy } = await tampered();
      await connectedWorker([gearmand.asServer], { f: echo });
      const client = await connectedClient([proxy.asServer], { pingIntervalMs: 200, pongTimeoutMs: 60_000 });
      const hold = submit(client, "nobody");
      proxy.tamper(tampering);
      submit(client, "f");
      expect(await within("it to end", hold.result)).toMatchObject({
        kind: "lost",
        reason: expect.stringMatching(`a ${name} packet of \\d+ bytes`) as string,
      });
      proxy.tamper();
      await untilUp(client);
      expect(await completeText(submit(client, "f"))).toBe("got ");
    },
  );

  test("an argument without an end", async () => {
    const server = await startScriptedServer({
      onPacket: (peer, { name }) => {
        if (name === "SUBMIT_JOB") peer.send("WORK_COMPLETE", "x".repeat(100_000));
      },
    });
    const client = await connectedClient([server.address], noPings);
    expect(await within("it to end", submit(client, "f").result)).toMatchObject({
      reason: expect.stringContaining("whose argument 1 does not end") as string,
    });
  });
});

describe("handles, functions and uniques of 64 bytes and more", () => {
  test("a hex SHA-256 as unique, through gearmand, which cuts it", async () => {
    const gearmand = await gearmandForTest();
    const unique = createHash("sha256").update("").digest("hex");
    const seen: string[] = [];
    await connectedWorker([gearmand.asServer], {
      f: async (job) => {
        seen.push(job.unique);
        return echo(job);
      },
    });
    const answers: string[] = [];
    const peer = await connectRawPeer(gearmand.port, (_, packet) => {
      if (packet.name === "WORK_COMPLETE") answers.push(packet.body(1).toString());
    });
    peer.send("SUBMIT_JOB", "f", unique, '{"a":1}');
    await until("the answer", () => answers.length > 0);
    expect(answers).toEqual(['got {"a":1}']);
    expect(seen).toEqual([unique.slice(0, 63)]);
  });

  test("of a server that cuts nothing", async () => {
    const long = (what: string) => what.padEnd(3_000, "x");
    const ends: string[] = [];
    const server = await startScriptedServer({
      onPacket: (peer, packet) => {
        if (packet.name === "GRAB_JOB_UNIQ" && peer.count("GRAB_JOB_UNIQ") === 1)
          peer.send("JOB_ASSIGN_UNIQ", long("H:1"), "f", long("u"), "work");
        if (packet.name === "WORK_COMPLETE") ends.push(packet.arg(0));
        if (packet.name === "SUBMIT_JOB") {
          peer.send("JOB_CREATED", long("H:2"));
          peer.send("WORK_DATA", long("H:2"), "data");
          peer.send("WORK_COMPLETE", long("H:2"), "end");
        }
      },
    });
    const uniques: string[] = [];
    startWorker([server.address], {
      f: async ({ unique }) => {
        uniques.push(unique);
        return "";
      },
    });
    await until("the result", () => ends.length > 0);
    expect([uniques, ends]).toEqual([[long("u")], [long("H:1")]]);
    const client = await connectedClient([server.address]);
    expect(await completeText(submit(client, "f"))).toBe("end");
  });
});

test("packets that come twice end no connection", async () => {
  const { gearmand, proxy } = await tampered();
  await connectedWorker([proxy.asServer], { f: echo });
  const client = await connectedClient([proxy.asServer]);
  for (const name of ["WORK_COMPLETE", "NO_JOB", "NOOP", "ECHO_RES"] as const) {
    proxy.tamper(double(name));
    expect(await completeText(submit(client, "f", { workload: name }))).toBe(`got ${name}`);
  }
  expect(gearmand.pid).toBeGreaterThan(0);
  expect(proxy.made).toBe(2);
});

test("handles that a proxy cuts are those of a host name that is too long", async () => {
  const { proxy } = await tampered();
  const client = await connectedClient([proxy.asServer]);
  proxy.tamper(shortHandles(5));
  const jobs = [submit(client, "nobody").result, submit(client, "nobody").result];
  expect(await within("both to end", Promise.all(jobs))).toMatchObject([{ kind: "lost" }, { kind: "lost" }]);
});
