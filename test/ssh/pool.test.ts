import { writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findDescendants } from "../support/processes-of.ts";
import { startSshd, type Sshd, type SshdOptions } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";
import { openGround, opened, outputOf, type Ground } from "./ground.ts";

failOnLeftovers();

const HOST = "127.7.0.1";
let shared: Sshd;
let grounds: Ground[] = [];
let sshds: Sshd[] = [];

beforeAll(async () => {
  shared = await startSshd({ hosts: 60 });
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  await Promise.all(sshds.map((sshd) => sshd.stop()));
  grounds = [];
  sshds = [];
});
afterAll(() => shared.stop());

function ground(options: SshOptions = {}, sshd = shared): Ground {
  const made = openGround({ sshConfigFiles: [sshd.sshConfigFile], ...options });
  grounds.push(made);
  return made;
}

async function ownSshd(options: SshdOptions): Promise<Sshd> {
  const sshd = await startSshd(options);
  sshds.push(sshd);
  return sshd;
}

function logins(sshd: Sshd): number {
  return sshd.log().match(/Accepted publickey/g)?.length ?? 0;
}

test("one after another, commands on a host share a connection", async () => {
  const made = ground();
  const before = logins(shared);
  for (let index = 0; index < 20; index += 1)
    expect((await made.run(HOST, `echo ${index}`)).stdout).toBe(`${index}\n`);
  expect(logins(shared) - before).toBe(1);
  const lease = await made.lease(HOST);
  expect(lease.connectMs).toBe(0);
  lease.release();
  lease.release();
  expect(made.stats()).toMatchObject({ connections: 1, leases: 0 });
});

test("a fresh login is on a connection of its own, which nobody else uses and which is closed after it", async () => {
  const made = ground();
  const shared = await made.lease(HOST);
  const fresh = await Promise.all([1, 2].map(() => made.lease({ host: HOST, freshLogin: true })));
  const ids = [shared, ...fresh].map(({ connectionId }) => connectionId);
  expect(new Set(ids).size).toBe(3);
  for (const one of fresh) expect((await outputOf(await opened(one, "echo a"))).stdout).toBe("a\n");
  for (const lease of [shared, ...fresh]) lease.release();
  await until("the fresh ones to be closed", () => made.stats().connections === 1);
  const again = await made.lease(HOST);
  expect(again.connectionId).toBe(shared.connectionId);
  again.release();
});

test("at the same time, five share one", async () => {
  const made = ground();
  const leases = await Promise.all(Array.from({ length: 23 }, () => made.lease(HOST)));
  const onEach = new Map<number, number>();
  for (const { connectionId } of leases) onEach.set(connectionId, (onEach.get(connectionId) ?? 0) + 1);
  expect(made.stats()).toMatchObject({ connections: 5, leases: 23 });
  expect(Array.from(onEach.values()).toSorted((a, b) => a - b)).toEqual([3, 5, 5, 5, 5]);
  const outputs = await Promise.all(
    leases.map(async (lease, index) => outputOf(await opened(lease, `sleep 0.2; echo ${index}`))),
  );
  expect(outputs.map(({ stdout }) => stdout)).toEqual(leases.map((_, index) => `${index}\n`));
  for (const lease of leases) lease.release();
});

test("300 short commands on one host, 40 at a time, all run: a place that sshd has not freed yet is asked for again", async () => {
  const made = ground();
  let next = 0;
  const work = async () => {
    while (next < 300) {
      next += 1;
      expect(await made.run(HOST, "true")).toMatchObject({ end: { kind: "exit", code: 0 } });
    }
  };
  await Promise.all(Array.from({ length: 40 }, work));
  expect(made.stats().connections).toBeLessThanOrEqual(9);
});

describe("a server with MaxSessions 1", () => {
  test("gets a connection for each command at once, and the same ones again later", async () => {
    const sshd = await ownSshd({ config: "MaxSessions 1" });
    const made = ground({}, sshd);
    // Each waits until all of them run.
    const meet = (round: number) =>
      `d=$RR_TEST_DIR/${round}; mkdir -p $d; touch $d/$$; until [ $(ls $d | wc -l) = 6 ]; do sleep 0.1; done`;
    for (const round of [1, 2]) {
      const ran = await Promise.all(Array.from({ length: 6 }, () => made.run(HOST, meet(round))));
      expect(ran.map(({ end }) => end)).toEqual(Array.from({ length: 6 }, () => ({ kind: "exit", code: 0 })));
      expect(logins(sshd)).toBe(6);
    }
  });

  test("is asked again when a place is not free yet", async () => {
    const sshd = await ownSshd({ config: "MaxSessions 1" });
    const made = ground({}, sshd);
    for (let index = 0; index < 30; index += 1) await made.run(HOST, "true");
    expect(logins(sshd)).toBe(1);
  });
});

test("a server that opens no session at all: channel, and nothing began", async () => {
  const sshd = await ownSshd({ config: "MaxSessions 0" });
  const made = ground({}, sshd);
  const lease = await made.lease(HOST);
  const refused = await lease.exec("true");
  expect(refused).toMatchObject({ ok: false, error: { reason: "channel", blame: "host", noRetry: false } });
  expect(refused.ok ? "" : refused.error.message).toMatch(
    /opens no session: .*open failed \(MaxSessions\?\)/,
  );
  lease.release();
});

test("MaxStartups 2: 40 logins at once all come in", async () => {
  const sshd = await ownSshd({ hosts: 40, config: "MaxStartups 2" });
  const made = ground({}, sshd);
  const ran = await Promise.all(sshd.hosts.map((host) => made.run(host, "echo in")));
  expect(ran.map(({ stdout }) => stdout)).toEqual(sshd.hosts.map(() => "in\n"));
  expect(sshd.log()).toMatch(/MaxStartups/);
});

test("idle connections are closed after the time, used ones are not", async () => {
  const sshd = await ownSshd({ hosts: 2 });
  const made = ground({ keepAliveMs: 200 }, sshd);
  const held = await made.lease("127.7.0.2");
  await made.run(HOST, "true");
  expect(made.stats().connections).toBe(2);
  await until("the idle one to be closed", () => made.stats().connections === 1);
  await until("sshd to see it", () => sshd.connections() === 1);
  expect((await outputOf(await opened(held, "echo still"))).stdout).toBe("still\n");
  held.release();
});

describe("with a bounded number of connections", () => {
  test("the one idle for longest makes room", async () => {
    const made = ground({ maxConnections: 3 });
    const [a = "", b = "", c = "", d = ""] = shared.hosts;
    const ids = new Map<string, number>();
    for (const host of [a, b, c, a]) {
      const lease = await made.lease(host);
      ids.set(host, lease.connectionId);
      lease.release();
    }
    await made.run(d, "true"); // b goes
    expect(made.stats().connections).toBe(3);
    for (const [host, isKept] of [
      [c, true],
      [a, true],
      [b, false],
    ] as const) {
      const lease = await made.lease(host);
      expect([host, lease.connectionId === ids.get(host)]).toEqual([host, isKept]);
      lease.release();
    }
  });

  test("60 hosts through 4 connections", async () => {
    const made = ground({ maxConnections: 4 });
    let most = 0;
    const ran = await Promise.all(
      shared.hosts.map(async (host) => {
        const done = await made.run({ host, connectTimeoutMs: 120_000 }, `echo ${host}`);
        most = Math.max(most, made.stats().connections);
        return done.stdout;
      }),
    );
    expect(ran).toEqual(shared.hosts.map((host) => `${host}\n`));
    expect(most).toBeLessThanOrEqual(4);
  });

  test("when all are in use for too long, it is the worker's fault", async () => {
    const made = ground({ maxConnections: 1 });
    const held = await made.lease(HOST);
    const found = await made.problem({ host: "127.7.0.2", connectTimeoutMs: 300 });
    expect(found).toMatchObject({ reason: "local", blame: "worker", noRetry: false });
    expect(found.message).toContain("all 1 of this worker are in use");
    held.release();
    expect((await made.run("127.7.0.2", "echo in")).stdout).toBe("in\n");
  });
});

describe("a kept connection that is dead", () => {
  test("closed by the server while idle: the next command gets a new one", async () => {
    const sshd = await ownSshd({});
    const made = ground({}, sshd);
    await made.run(HOST, "true");
    await sshd.kill();
    await sshd.restart();
    expect((await made.run(HOST, "echo in")).stdout).toBe("in\n");
    expect(made.stats().connections).toBe(1);
  });

  test("silent: the command moves to a new one, and is not lost", async () => {
    const sshd = await ownSshd({});
    const made = ground({}, sshd);
    await made.run(HOST, "true");
    freezeSessions(sshd, "SIGSTOP");
    const ran = await within("the command", made.run(HOST, "echo in"), 60_000);
    expect(ran.stdout).toBe("in\n");
    expect(logins(sshd)).toBe(2);
    freezeSessions(sshd, "SIGCONT");
  });

  test("silent while leased and unused: likewise, and the lease tells of the new connection", async () => {
    const sshd = await ownSshd({});
    const made = ground({}, sshd);
    await made.run(HOST, "true");
    const lease = await made.lease(HOST);
    const before = lease.connectionId;
    await sshd.kill();
    await sshd.restart();
    const ran = await outputOf(await opened(lease, "echo in"));
    expect(ran.stdout).toBe("in\n");
    expect(lease.connectionId).not.toBe(before);
    lease.release();
    expect(made.stats()).toMatchObject({ connections: 1, leases: 0 });
  });
});

test("a host that stops answering while a command runs is noticed by keep-alive", async () => {
  const sshd = await ownSshd({});
  const config = `${sshd.dir}/alive`;
  writeFileSync(config, "ServerAliveInterval 1\nServerAliveCountMax 2\n");
  const alive = ground({ sshConfigFiles: [config, sshd.sshConfigFile] }, sshd);
  const lease = await alive.lease(HOST);
  const channel = await opened(lease, "sleep 1000");
  channel.onData(() => {});
  freezeSessions(sshd, "SIGSTOP");
  const end = await within("keep-alive to notice", channel.exited, 30_000);
  expect(end).toEqual({ kind: "lost", message: "Keepalive timeout" });
  expect(alive.stats().connections).toBe(0);
  lease.release();
});

test("a permit stays taken as long as the server keeps the channel open", async () => {
  const made = ground({ connectionChannels: 1 });
  const first = await made.lease(HOST);
  const channel = await opened(first, "echo started; exec sleep 2");
  let text = "";
  channel.onData((_, chunk) => void (text += chunk.toString()));
  await until("output", () => text.includes("started"));
  const { connectionId } = first;
  first.release();
  const second = await made.lease(HOST);
  expect(second.connectionId).not.toBe(connectionId);
  second.release();
  await until("the place to be free again", async () => {
    const third = await made.lease(HOST);
    third.release();
    return made.stats().leases === 0;
  });
});

test("who stops waiting takes nobody else's connection along", async () => {
  const made = ground();
  const stop = new AbortController();
  const first = made.problem(HOST, stop.signal);
  const second = made.run(HOST, "echo in");
  stop.abort();
  expect((await first).reason).toBe("aborted");
  expect((await second).stdout).toBe("in\n");
});

test("close ends what is open and refuses what comes", async () => {
  const sshd = await ownSshd({ hosts: 5 });
  const made = ground({}, sshd);
  await Promise.all(sshd.hosts.map((host) => made.run(host, "true")));
  const lease = await made.lease(HOST);
  const channel = await opened(lease, "sleep 1000");
  channel.onData(() => {});
  await made.close();
  expect(await channel.exited).toMatchObject({ kind: "lost", message: "closed by this worker" });
  await until("sshd to see it", () => sshd.connections() === 0);
  expect(made.stats().connections).toBe(0);
  expect((await made.problem(HOST)).reason).toBe("aborted");
  lease.release();
});

/** The processes that serve connections, not the one that listens. */
function freezeSessions(sshd: Sshd, signal: NodeJS.Signals): void {
  for (const one of findDescendants(sshd.pid)) process.kill(one.pid, signal);
}
