import { describe, expect, test } from "vitest";
import { Places, type GrabbedJob } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until, within } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  gate,
  gearmandForTest,
  startWorker,
  submit,
  untilListening,
} from "./kit.ts";
import { assigning, startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

describe.each([
  ["with the recommended flags", undefined],
  ["with default flags, where every sleeper is woken", []],
])("never deaf, %s", (_, args) => {
  test("full, then idle while another takes the job, then alone: it takes the next", async () => {
    const gearmand = await gearmandForTest(args === undefined ? {} : { args });
    const client = await connectedClient([gearmand.asServer]);
    const holds = [gate(), gate()];
    let started = 0;
    const first = await connectedWorker(
      [gearmand.asServer],
      {
        f: async ({ workload }) => {
          started += 1;
          if (workload.length > 0) await holds[Number(workload.toString())]?.opened;
          return "first";
        },
      },
      { places: new Places(2) },
    );
    const held = ["0", "1"].map((workload) => submit(client, "f", { workload }));
    await until("the first to be full", () => started === 2);
    const second = await connectedWorker([gearmand.asServer], { f: async () => "second" });
    expect(await completeText(submit(client, "f"))).toBe("second");
    for (const hold of holds) hold.open();
    await Promise.all(held.map(completeText));
    await second.drain();
    expect(await completeText(submit(client, "f"))).toBe("first");
    expect(first.running).toBe(0);
  });

  test("after rounds of random load every worker is woken", async () => {
    const gearmand = await gearmandForTest(args === undefined ? {} : { args });
    const client = await connectedClient([gearmand.asServer]);
    const places = 2;
    const names = ["a", "b", "c"];
    let together = gate();
    let waiting = 0;
    for (const name of names) {
      const f = async ({ workload }: GrabbedJob) => {
        await new Promise((resolve) => setTimeout(resolve, Number(workload.toString())));
        return name;
      };
      const meet = async () => {
        waiting += 1;
        if (waiting === places * names.length) together.open();
        await together.opened;
        return name;
      };
      await connectedWorker([gearmand.asServer], { f, meet }, { places: new Places(places) });
    }
    for (let round = 0; round < 10; round += 1) {
      const jobs: Promise<string>[] = [];
      for (let job = 0; job < 30; job += 1) {
        jobs.push(completeText(submit(client, "f", { workload: String(Math.floor(Math.random() * 20)) })));
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
      }
      await Promise.all(jobs);
      // All are idle. These end only when every place of every worker runs one.
      [together, waiting] = [gate(), 0];
      const meeting = Array.from({ length: places * names.length }, () =>
        completeText(submit(client, "meet")),
      );
      const ran = await within("every worker to be woken", Promise.all(meeting));
      expect(ran.sort()).toEqual(["a", "a", "b", "b", "c", "c"]);
    }
  });
});

test("a burst is shared: a worker grabs one job at a time", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer]);
  const counts = new Map<string, number>();
  const hold = gate();
  for (const name of ["a", "b"]) {
    const f = async () => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      await hold.opened;
      return "";
    };
    await connectedWorker([gearmand.asServer], { f }, { places: new Places(50) });
  }
  const jobs = Array.from({ length: 60 }, () => submit(client, "f"));
  await until("all to run", () => [...counts.values()].reduce((sum, count) => sum + count, 0) === 60);
  hold.open();
  await Promise.all(jobs.map(completeText));
  expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(10);
});

test("a connection lost with a grab outstanding costs no place", async () => {
  let grabs = 0;
  const server = await startScriptedServer({
    onPacket: (peer, packet) => {
      if (packet.name !== "GRAB_JOB_UNIQ") return;
      grabs += 1;
      // Three connections die with a grab unanswered; the fourth serves.
      if (grabs <= 3) peer.reset();
      else if (grabs <= 5) peer.send("JOB_ASSIGN_UNIQ", `H:${grabs}`, "f", `u${grabs}`, "");
    },
  });
  const places = new Places(2);
  const hold = gate();
  const worker = startWorker(
    [server.address],
    { f: () => hold.opened.then(() => "") },
    { places, random: () => 0, onUndeliverable: () => {} },
  );
  await until("both places to be used", () => worker.running === 2);
  expect(places.inUse).toBe(2);
  hold.open();
});

test("a connection lost in the middle of a workload costs no place, and nothing starts", async () => {
  let assigned = 0;
  const server = await startScriptedServer({
    onPacket: (peer, packet) => {
      if (packet.name !== "GRAB_JOB_UNIQ") return;
      assigned += 1;
      if (assigned > 1) return;
      // The head of 100 kB of workload, and 10 bytes of them: short ones are taken whole.
      const head = Buffer.from("\0RES\0\0\0\x1f\0\0\0\0H:1\0f\0u\0", "latin1");
      head.writeUInt32BE(head.length - 12 + 100_000, 8);
      peer.socket.write(Buffer.concat([head, Buffer.alloc(10)]));
    },
  });
  const places = new Places(3);
  const started: string[] = [];
  const worker = await connectedWorker(
    [server.address],
    {
      f: async ({ handle }) => {
        started.push(handle);
        return "";
      },
    },
    { places },
  );
  await until("the next grab, sent without waiting for the workload", () => assigned === 2);
  expect(places.inUse).toBe(2);
  server.peers[0]?.reset();
  await untilListening(worker);
  await until("the grab of the new connection", () => assigned === 3);
  expect(places.inUse).toBe(1);
  expect(started).toEqual([]);
});

test("a job that was not asked for ends the connection, and is not started", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name === "GRAB_JOB_UNIQ") peer.send("NO_JOB");
      if (name === "PRE_SLEEP" && server.peers.length === 1)
        peer.send("JOB_ASSIGN_UNIQ", "H:1", "f", "u", "");
    },
  });
  const reasons: string[] = [];
  const worker = startWorker([server.address], {
    f: async () => {
      throw new Error("started");
    },
  });
  worker.onState(({ state }) => void (state.type === "down" && reasons.push(state.reason)));
  await until("another connection", () => server.peers.length === 2);
  expect(reasons).toEqual(["it assigned a job that was not asked for"]);
});

test("a server that does not know GRAB_JOB_UNIQ, as the Perl one: asked with GRAB_JOB, without a unique", async () => {
  const jobs = ["H:1", "H:2"];
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name === "GRAB_JOB_UNIQ") peer.send("ERROR", "server_error", "Can't locate object method");
      const job = name === "GRAB_JOB" ? jobs.shift() : undefined;
      if (job !== undefined) peer.send("JOB_ASSIGN", job, "f", `workload of ${job}`);
      else if (name === "GRAB_JOB") peer.send("NO_JOB");
    },
  });
  await connectedWorker([server.address], {
    f: async ({ unique, workload }) => `"${unique}" ${workload.toString()}`,
  });
  const peer = server.peers[0];
  await until("it to sleep", () => peer?.count("PRE_SLEEP") === 1);
  const answers = peer?.received.filter(({ name }) => name === "WORK_COMPLETE") ?? [];
  expect(answers.map((packet) => packet.body(1).toString())).toEqual([
    '"" workload of H:1',
    '"" workload of H:2',
  ]);
  expect(peer?.count("GRAB_JOB_UNIQ")).toBe(1);
});

test("a server that hands out no jobs at all is no place to wait in silence", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name.startsWith("GRAB_JOB")) peer.send("ERROR", "server_error", "no such command");
    },
  });
  const reasons: string[] = [];
  const worker = startWorker([server.address], { f: async () => "" });
  worker.onState(({ state }) => void (state.type === "down" && reasons.push(state.reason)));
  await until("it to leave", () => reasons.length > 0);
  expect(reasons[0]).toBe("it hands out no jobs: server_error: no such command");
});

test("paused it grabs nothing, whoever wakes it; resumed it grabs at once", async () => {
  const server = await startScriptedServer({ onPacket: assigning() });
  const worker = await connectedWorker(
    [server.address],
    { f: async () => "" },
    { pokeIntervalMs: 20, pingIntervalMs: 20 },
  );
  const peer = server.peers[0];
  await until("it to sleep", () => (peer?.count("PRE_SLEEP") ?? 0) >= 1);
  worker.pause();
  // A poke may have been quicker; whatever was sent before the pause is there with the next ping.
  const pings = (more: number) => {
    const before = peer?.count("ECHO_REQ") ?? 0;
    return until("pings", () => (peer?.count("ECHO_REQ") ?? 0) >= before + more);
  };
  await pings(2);
  const grabs = peer?.count("GRAB_JOB_UNIQ") ?? 0;
  peer?.send("NOOP");
  await pings(10);
  expect(peer?.count("GRAB_JOB_UNIQ")).toBe(grabs);
  worker.resume();
  await until("a grab", () => (peer?.count("GRAB_JOB_UNIQ") ?? 0) > grabs);
  expect(peer?.names().at(-1)).toMatch(/GRAB_JOB_UNIQ|PRE_SLEEP/);
});

test("asleep it asks unasked, to heal a wakeup that was lost", async () => {
  const server = await startScriptedServer({ onPacket: assigning() });
  await connectedWorker([server.address], { f: async () => "" }, { pokeIntervalMs: 50 });
  await until("three grabs", () => (server.peers[0]?.count("GRAB_JOB_UNIQ") ?? 0) >= 3);
  expect(server.peers[0]?.names().slice(0, 7)).toEqual([
    "SET_CLIENT_ID",
    "CAN_DO",
    "GRAB_JOB_UNIQ",
    "PRE_SLEEP",
    "GRAB_JOB_UNIQ",
    "PRE_SLEEP",
    "GRAB_JOB_UNIQ",
  ]);
});
