import { describe, expect, test } from "vitest";
import type { LinkState } from "@roadrunner/core/gearman";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until, within } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  gate,
  gearmandForTest,
  hang,
  quickPings,
  startClient,
  startWorker,
  submit,
  untilListening,
  untilUp,
} from "./kit.ts";
import { startRelay } from "./relay.ts";
import { startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

/** Far under any timeout that could end these jobs otherwise, far over what a busy machine needs. */
const SOON_MS = 5_000;
/** Pings that would notice only after the test has failed. */
const noPings = { pingIntervalMs: 600_000 };

describe("a lost connection ends what is in flight, and another is made", () => {
  test("gearmand is killed", async () => {
    const gearmand = await gearmandForTest();
    const never = gate();
    const worker = await connectedWorker(
      [gearmand.asServer],
      { hang: () => never.opened.then(() => "") },
      { ...noPings, onUndeliverable: () => {} },
    );
    const client = await connectedClient([gearmand.asServer], noPings);
    const jobs = Array.from({ length: 20 }, () => submit(client, "hang"));
    await until("one to run", () => worker.running === 1);
    await gearmand.kill();
    const results = await within("all to end", Promise.all(jobs.map(({ result }) => result)), SOON_MS);
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(["lost"]));
    expect(results[0]).toMatchObject({ maybeRunning: true });
    await gearmand.restart();
    await untilUp(client);
    never.open();
    await untilListening(worker);
    expect(await completeText(submit(client, "hang"))).toBe("");
  });

  test("the connection is reset", async () => {
    const gearmand = await gearmandForTest();
    const relay = await startRelay(gearmand);
    const client = await connectedClient([relay.address], noPings);
    const accepted = gate();
    const job = submit(client, "nobody-does-this", { onAccepted: accepted.open });
    // Nothing is under way then: a reset together with data is told by Node as an orderly end.
    await within("gearmand to have it", accepted.opened);
    relay.reset();
    expect(await within("it to end", job.result, SOON_MS)).toMatchObject({
      kind: "lost",
      reason: expect.stringContaining("ECONNRESET") as string,
    });
    await untilUp(client);
    expect(relay.made()).toBe(2);
  });

  test("gearmand hangs", async () => {
    const gearmand = await gearmandForTest();
    const client = await connectedClient([gearmand.asServer], quickPings);
    const job = submit(client, "later");
    await hang(gearmand);
    expect(await within("it to end", job.result, SOON_MS)).toEqual({
      kind: "lost",
      maybeRunning: true,
      reason: "no answer to a ping within 2000 ms",
    });
    const states: LinkState[] = [];
    client.onState((state) => states.push(state));
    gearmand.continue();
    await untilUp(client);
    startWorker([gearmand.asServer], { later: async () => "done" });
    expect(await completeText(submit(client, "later"))).toBe("done");
  });

  test("the network swallows everything", async () => {
    const gearmand = await gearmandForTest();
    const relay = await startRelay(gearmand);
    const client = await connectedClient([relay.address], quickPings);
    const job = submit(client, "later");
    relay.freeze();
    expect(await within("it to end", job.result, SOON_MS)).toMatchObject({ kind: "lost" });
    await untilUp(client);
  });

  test("a long answer in front of the pong is no dead server", async () => {
    const server = await startScriptedServer({
      onPacket: (peer, { name }) => {
        if (name !== "SUBMIT_JOB") return;
        peer.send("JOB_CREATED", "H:1");
        // Slower than the pong may take, but never silent so long.
        let chunks = 0;
        const timer = setInterval(() => {
          chunks += 1;
          peer.socket.cork();
          peer.send("WORK_DATA", "H:1", "x");
          if (chunks === 30) {
            clearInterval(timer);
            peer.send("WORK_COMPLETE", "H:1", "end");
          }
          peer.socket.uncork();
        }, 50);
      },
      polite: false,
      onConnect: (peer) => peer.send("OPTION_RES", "exceptions"),
    });
    const client = await connectedClient([server.address], { pingIntervalMs: 100, pongTimeoutMs: 500 });
    expect(await completeText(submit(client, "long"))).toBe("end");
  });
});

test("a stall of this very process is no dead server, neither at once nor later", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer], { pingIntervalMs: 3_000, pongTimeoutMs: 2_500 });
  const states: LinkState[] = [];
  client.onState((state) => states.push(state));
  await hang(gearmand);
  // Enough for the first ping to be under way, too little for it to be given up.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  gearmand.continue();
  const stallEndMs = performance.now() + 4_000;
  while (performance.now() < stallEndMs);
  // The timer is overdue and the answer unread. After that nothing is read for longer than a pong may take.
  await new Promise((resolve) => setTimeout(resolve, 2_800));
  expect(states).toEqual([]);
});

describe("a server that is none is tried again, each time later", () => {
  const attempts = async (server: Parameters<typeof startClient>[0]) => {
    const errors: string[] = [];
    const client = startClient(server, { handshakeTimeoutMs: 300, random: () => 0 });
    client.onState((state) => {
      if (state.type === "connecting" && state.lastError !== undefined) errors.push(state.lastError);
    });
    await until("four attempts", () => client.state.type === "connecting" && client.state.attempt >= 4, {
      lastSeen: () => client.state,
    });
    await client.close();
    return errors;
  };

  test("it accepts and stays silent", async () => {
    const server = await startScriptedServer({ polite: false });
    const errors = await attempts([server.address]);
    expect(errors[0]).toBe(`127.0.0.1:${server.address.port}: no answer in Gearman's protocol within 300 ms`);
    await until("the server to see the end", () => server.open() === 0);
  });

  test("it closes before the handshake is done", async () => {
    const server = await startScriptedServer({ polite: false, onPacket: (peer) => peer.socket.end() });
    expect((await attempts([server.address]))[0]).toContain("the server closed the connection");
  });

  test("it resets", async () => {
    const server = await startScriptedServer({
      polite: false,
      onPacket: (peer) => peer.reset(),
    });
    expect((await attempts([server.address]))[0]).toContain("ECONNRESET");
  });

  test("nobody listens", async () => {
    const port = await findFreePort();
    expect((await attempts([{ host: "127.0.0.1", port }]))[0]).toMatch(
      `127.0.0.1:${port}: connect ECONNREFUSED`,
    );
  });

  test("it speaks another protocol", async () => {
    const server = await startScriptedServer({
      polite: false,
      onConnect: ({ socket }) => void socket.write("SSH-2.0-OpenSSH_9.2p1\r\n"),
    });
    expect((await attempts([server.address]))[0]).toContain('it said "SSH-2.0-OpenSSH_9.2p1"');
  });

  test("it sends what no parser can read, again and again in one chunk", async () => {
    const server = await startScriptedServer({
      polite: false,
      onConnect: ({ socket }) => void socket.write(Buffer.alloc(24 * 100, "\0BADxxxxyyyy")),
    });
    expect((await attempts([server.address]))[0]).toContain("is not Gearman's protocol");
  });

  test("the dialer throws", async () => {
    const client = startClient([{ host: "a", port: 1 }], {
      dial: () => {
        throw new Error("no certificate");
      },
    });
    await until("a second attempt", () => client.state.type === "connecting" && client.state.attempt >= 2);
    expect(client.state).toMatchObject({ lastError: "a:1: no certificate" });
  });

  test("a server that answers and at once hangs up does not become a busy loop", async () => {
    const server = await startScriptedServer({
      onPacket: () => {},
      onConnect: (peer) => {
        peer.send("OPTION_RES", "exceptions");
        peer.socket.end();
      },
    });
    const states: string[] = [];
    const client = startClient([server.address], { random: () => 0 });
    client.onState((state) =>
      states.push(state.type === "connecting" ? `attempt ${state.attempt}` : state.type),
    );
    await until("three attempts", () => states.includes("attempt 4"));
    expect(states.filter((state) => state.startsWith("attempt"))).toEqual([
      "attempt 2",
      "attempt 3",
      "attempt 4",
    ]);
  });
});

describe("close leaves nothing behind", () => {
  test("in the tick of start", async () => {
    const server = await startScriptedServer({});
    const client = startClient([server.address]);
    await client.close();
    expect(client.state).toEqual({ type: "closed" });
    await connectedClient([server.address]);
    await until("the server to see one connection", () => server.open() === 1);
  });

  test("during the handshake", async () => {
    const server = await startScriptedServer({ polite: false });
    const client = startClient([server.address]);
    await until("the connection", () => server.peers.length === 1);
    await client.close();
    await until("the server to see the end", () => server.open() === 0);
    expect(client.state).toEqual({ type: "closed" });
  });

  test("while it waits for the next attempt", async () => {
    const port = await findFreePort();
    const client = startClient([{ host: "127.0.0.1", port }], { random: () => 0.999 });
    await until("some attempts", () => client.state.type === "connecting" && client.state.attempt > 3);
    await client.close();
    const late = await startScriptedServer({});
    await connectedClient([late.address]);
    expect(late.peers).toHaveLength(1);
    expect(client.state).toEqual({ type: "closed" });
  });

  test("with jobs in flight: they end as lost, and twice is as good as once", async () => {
    const server = await startScriptedServer({});
    const client = await connectedClient([server.address]);
    const job = submit(client, "f");
    await Promise.all([client.close(), client.close()]);
    await client.close();
    expect(await job.result).toMatchObject({ kind: "lost", reason: "the client was closed" });
    expect(await submit(client, "f").result).toMatchObject({ kind: "rejected", code: "NOT_CONNECTED" });
    await until("the server to see the end", () => server.open() === 0);
  });

  test("of a worker", async () => {
    const server = await startScriptedServer({});
    const worker = await connectedWorker([server.address], { f: async () => "" });
    await Promise.all([worker.close(), worker.close()]);
    expect(worker.links.map(({ state }) => state.type)).toEqual(["closed"]);
    await until("the server to see the end", () => server.open() === 0);
  });
});
