import { describe, expect, test } from "vitest";
import type { RunRequest } from "../../packages/worker/src/visit/run-request.ts";
import { NO_PROCESS, type HostedVisit } from "../support/hostile-host.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import { hostile, ONCE, started, useHostileHosts } from "./hostile-ground.ts";

failOnLeftovers();
useHostileHosts();

describe("what a host says without bounds is its own fault, and the next worker is spared", () => {
  test.each<[string, (visit: HostedVisit) => void | Promise<void>, string]>([
    ["marks before the hello", (visit) => forever(visit, "outer"), "unreachable"],
    ["hellos", (visit) => forever(visit, "hello"), "unreachable"],
    ["start marks", async (visit) => (await visit.greet(), forever(visit, NO_PROCESS)), "unknown"],
    ["marks after the start", async (visit) => (await started(visit), forever(visit, "left 7")), "unknown"],
    [
      "words in between",
      async (visit) => (await started(visit), forever(visit, "wait 1", "other")),
      "unknown",
    ],
    ["exists", async (visit) => (await started(visit), forever(visit, "exists")), "unknown"],
    [
      "an end that is no number",
      async (visit) => (await started(visit), void visit.say("end NaN -")),
      "unknown",
    ],
    [
      "an end that is none of ours",
      async (visit) => (await started(visit), void visit.say("end 1e9")),
      "unknown",
    ],
    ["a record's end", async (visit) => (await started(visit), void visit.say("recorded -5 -")), "unknown"],
    ["a cause", async (visit) => (await started(visit), void visit.say("end 0 boredom")), "unknown"],
    ["process ids", async (visit) => (await started(visit), void visit.say("left 1 $(id)")), "unknown"],
    [
      "helpers",
      async (visit) => (await started(visit), void visit.say(`helpers ${"x".repeat(8000)}`)),
      "unknown",
    ],
    ["a word of ours", async (visit) => (await started(visit), void visit.say("p\u001b[31m 1")), "unknown"],
    [
      "a word's word",
      async (visit) => (await started(visit), void visit.say(`prior ${"x".repeat(300)}`)),
      "unknown",
    ],
  ])("%s", async (_, script, outcome) => {
    const { host, ground } = await hostile(script);
    const end = await ground.run(ONCE);
    expect(end).toMatchObject({ outcome, blame: "host", noRetry: true });
    expect(end.reason).toMatch(/^the host misbehaves: it s(?:aid|ent) /);
    expect(end.reason?.length).toBeLessThan(500);
    expect(host.visits).toHaveLength(1);
    await until("the connection to be closed", () => ground.hosts.stats().connections === 0);
  });

  test("a boot id that is a command line reaches no other host", async () => {
    const seen: string[] = [];
    const { ground } = await hostile(async (visit) => {
      await visit.greet();
      visit.say("start 7 7 7 1 $(id)", "claimed - -");
      await visit.got(/nothing/);
    });
    const stop = new AbortController();
    const connect: RunRequest["connect"] = async () => {
      seen.push("kill");
      return { ok: false, error: { reason: "lost", message: "gone", blame: "host", noRetry: false } };
    };
    const ending = ground.run(
      { connectTimeoutMs: 500 },
      { signal: stop.signal, connect, onBegan: (boot) => void seen.push(JSON.stringify(boot)) },
    );
    await until("the start", () => seen.length > 0);
    stop.abort();
    expect(await ending).toMatchObject({ outcome: "unknown", blame: "host" });
    expect(seen).toEqual(["{}"]);
  });

  test("a mark without an end is output, kept within the bound", async () => {
    const { ground } = await hostile(async (visit) => {
      await started(visit);
      const nonce = /rr:([a-z0-9]+):/.exec(visit.received())?.[1];
      visit.stream.write(`rr:${nonce}:`);
      for (let count = 0; count < 200; count += 1) visit.stream.write("x".repeat(10_000));
      visit.say("end 0 -");
      visit.exit(0);
    });
    const { stdout, outcome } = await ground.run({ ...ONCE, maxOutputBytes: 10_000 });
    expect(outcome).toBe("ok");
    expect(stdout.head.length + stdout.tail.length).toBe(10_000);
    expect(stdout.omittedBytes).toBeGreaterThan(1_900_000);
  });

  test("noise without an end in the place of a hello ends with the time for that, and its first words", async () => {
    const { ground } = await hostile((visit) => {
      const timer = setInterval(() => visit.stream.write("menu> ".repeat(1000)), 5);
      visit.stream.on("close", () => clearInterval(timer));
    });
    const end = await ground.run({ ...ONCE, connectTimeoutMs: 1000 });
    expect(end).toMatchObject({ outcome: "unreachable", blame: "host" });
    expect(end.reason).toMatch(/it said: menu> menu> /);
    expect(end.reason?.length).toBeLessThan(700);
  });

  test("the name of a signal is as long as names are", async () => {
    const { ground } = await hostile((visit) => {
      exitSignal(visit, "X".repeat(20_000));
      visit.stream.close();
    });
    const end = await ground.run(ONCE);
    expect(end).toMatchObject({ outcome: "unreachable", blame: "host" });
    expect(end.reason).toMatch(/it was ended by a signal without a proper name/);
  });
});

describe("what a host sends while nobody can take it", () => {
  test("more than its window: the connection is ended, and with it the task", async () => {
    const { host, ground } = await hostile(async (visit) => {
      await started(visit);
      const { _protocol: protocol } = visit.client as unknown as {
        _protocol: { channelData(id: number, data: Buffer): void };
      };
      const { outgoing } = visit.stream as unknown as { outgoing: { id: number } };
      for (let count = 0; count < 400; count += 1) {
        protocol.channelData(outgoing.id, Buffer.alloc(30_001));
        if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    let take: () => void = () => {};
    const held = new Promise<void>((resolve) => (take = resolve));
    const ending = ground.run(ONCE, { onOutput: () => held });
    await until("the connection to be closed", () => {
      return host.visits.length > 0 && ground.hosts.stats().connections === 0;
    });
    take();
    expect(await ending).toMatchObject({
      outcome: "unknown",
      noRetry: true,
      reason: "the host misbehaves: it sends more than its window allows",
    });
    expect(host.visits).toHaveLength(1);
  });
});

/** Says it again and again, as fast as it is taken, until the connection is gone. */
async function forever(visit: HostedVisit, ...words: string[]): Promise<void> {
  const many = Array.from({ length: 200 }, () => words).flat();
  while (visit.stream.writable && !visit.stream.destroyed) {
    const more = visit.say(...many);
    await new Promise((resolve) => (more ? setImmediate(resolve) : setTimeout(resolve, 5)));
  }
}

/** As a server of ssh2 does not: with a name of any length. */
function exitSignal({ client, stream }: HostedVisit, name: string): void {
  const { outgoing } = stream as unknown as { outgoing: { id: number } };
  const { _protocol: protocol } = client as unknown as {
    _protocol: {
      _packetRW: {
        write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer };
      };
      _cipher: { encrypt(packet: Buffer): void };
    };
  };
  const text = (value: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const id = Buffer.alloc(4);
  id.writeUInt32BE(outgoing.id);
  const no = Buffer.from([0]);
  const payload = Buffer.concat([
    Buffer.from([98]),
    id,
    text("exit-signal"),
    no,
    text(name),
    no,
    text(""),
    text(""),
  ]);
  const { write } = protocol._packetRW;
  const packet = write.alloc(payload.length);
  payload.copy(packet, write.allocStart);
  protocol._cipher.encrypt(write.finalize(packet));
}
