import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API } from "@roadrunner/engine/api";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findFreePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { DoorsKit, problemOf } from "./doors-kit.ts";

failOnLeftovers();

const CROWD = 10_000;
const ADDRESSES = 100;
/** Of each such many: they cost this test more than the coordinator. */
const ONE_SPEAKS_OF = 50;
/** For a moment of this process. */
const AT_ONCE = 250;
const MOST_STRANGERS = 512;

let kit: DoorsKit;
const open: Socket[] = [];
let metricsPort: number;
let slow: readonly Promise<number>[];

beforeAll(async () => {
  metricsPort = await findFreePort();
  kit = await DoorsKit.start(["--metrics-port", String(metricsPort)]);
  kit.keys.make("ada");
  kit.allow("ada");
  // They wait while the crowd comes.
  const half = stranger("127.0.3.1");
  half.write(HALF_A_HANDSHAKE);
  slow = [half, speaking("127.0.3.2", SLOW_HEADERS), speaking("127.0.3.3", SLOW_BODY)].map((one) =>
    closedAfter(one),
  );
});

afterAll(async () => {
  for (const socket of open) socket.destroy();
  await kit.stop();
});

/** Of the coordinator, in MiB. */
function memory(): number {
  const status = readFileSync(`/proc/${kit.program.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(new RegExp(`^roadrunner_coordinator_${name} (\\S+)$`, "m").exec(text)?.[1]);
}

function stranger(localAddress: string): Socket {
  const socket = connect({ host: "127.0.0.1", port: kit.port, localAddress });
  socket.on("error", () => undefined);
  open.push(socket);
  return socket;
}

/** Says something as far as it goes, and then nothing any more. */
function speaking(localAddress: string, text: string): TLSSocket {
  const tls = connectTls({ socket: stranger(localAddress), rejectUnauthorized: false });
  tls.on("error", () => undefined);
  tls.write(text);
  return tls;
}

const SLOW_HEADERS = "GET / HTTP/1.1\r\nx-a:";
const SLOW_BODY = `POST ${API}/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{`;
const HALF_A_HANDSHAKE = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]);

/** Milliseconds until the other end has closed it. */
async function closedAfter(socket: Socket): Promise<number> {
  const begun = performance.now();
  socket.resume();
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return performance.now() - begun;
}

describe("10,000 connections of strangers", () => {
  it("keep no operator out, and take little memory", async () => {
    const before = memory();
    for (let count = 0; count < CROWD; count += 1) {
      const address = `127.0.1.${1 + (count % ADDRESSES)}`;
      if (count % ONE_SPEAKS_OF === 0) speaking(address, count % 100 === 0 ? SLOW_HEADERS : SLOW_BODY);
      else {
        const socket = stranger(address);
        if (count % 2 === 1) socket.once("connect", () => socket.write(HALF_A_HANDSHAKE));
      }
      if (count % AT_ONCE === 0) await sleep(1);
    }
    const begun = performance.now();
    const token = await kit.tokenOf("ada");
    expect((await kit.ask("GET", "/runs", { token })).status).toBe(200);
    // Behind them he would wait for minutes.
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(await metric("connections_of_strangers")).toBeLessThanOrEqual(MOST_STRANGERS);
    expect(await metric("connections_known")).toBe(1);
    expect(memory() - before).toBeLessThan(150);
  });

  it("are no reason to end the connection of somebody who is logged in", async () => {
    const token = await kit.tokenOf("ada");
    const known = await kit.hold(token);
    for (let count = 0; count < 1500; count += 1) stranger(`127.0.2.${1 + (count % 20)}`);
    await sleep(300);
    expect(await known.ask("GET", "/runs")).toBe(200);
    known.close();
  });
});

describe("a stranger", () => {
  it("who is slow is not waited for", async () => {
    for (const ms of await Promise.all(slow)) {
      expect(ms).toBeGreaterThan(4000);
      // After 5 s, and Node's own bounds are one to five minutes.
      expect(ms).toBeLessThan(40_000);
    }
  });

  it("who sends 100 MB is answered before they are read", async () => {
    const tls = speaking(
      "127.0.3.4",
      `POST ${API}/runs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000000\r\n\r\n`,
    );
    const answer: string[] = [];
    tls.on("data", (data: Buffer) => answer.push(data.toString()));
    const closed = new Promise<void>((resolve) => tls.once("close", () => resolve()));
    let sent = 0;
    const chunk = Buffer.alloc(65_536, "x");
    const before = memory();
    // As one sends who reads meanwhile.
    while (!tls.destroyed && answer.length === 0 && sent < 100_000_000) {
      sent += chunk.length;
      if (!tls.write(chunk))
        await Promise.race([closed, new Promise((resolve) => tls.once("drain", resolve))]);
    }
    expect(answer.join("")).toMatch(/^HTTP\/1.1 401 /);
    expect(answer.join("")).toContain('"code":"notLoggedIn"');
    expect(sent).toBeLessThan(50_000_000);
    await closed;
    expect(memory() - before).toBeLessThan(100);
    const login = await kit.ask("POST", "/login", {
      body: `"${"x".repeat(70_000)}"`,
      localAddress: "127.0.3.4",
    });
    expect(problemOf(login)).toMatchObject({ status: 413, code: "tooLarge" });
  });

  it("who asks again and again is asked to wait, and keeps nobody else waiting", async () => {
    // Else the many connections of one address would give way to the crowd's.
    for (const socket of open) socket.destroy();
    await until("the crowd to be gone", async () => (await metric("connections_of_strangers")) < 10);
    const asked = (localAddress: string) => kit.ask("POST", "/login/challenge", { localAddress });
    let late: Awaited<ReturnType<typeof asked>> | undefined;
    // Fewer at once than the connections that one address may have.
    while (late === undefined) {
      const some = await Promise.all(Array.from({ length: 50 }, () => asked("127.0.3.5")));
      late = some.find(({ status }) => status !== 200);
    }
    expect(problemOf(late)).toMatchObject({ status: 429, code: "tooMany" });
    expect(late.headers["retry-after"]).toBe("1");
    expect((await asked("127.0.3.6")).status).toBe(200);
    const guessed = (localAddress: string) =>
      kit.ask("GET", "/runs", { token: `rrt_${"A".repeat(43)}`, localAddress });
    const statuses = new Set<number>();
    while (!statuses.has(429))
      for (const { status } of await Promise.all(Array.from({ length: 10 }, () => guessed("127.0.3.7"))))
        statuses.add(status);
    expect(statuses).toEqual(new Set([401, 429]));
    expect((await guessed("127.0.3.8")).status).toBe(401);
  });
});
