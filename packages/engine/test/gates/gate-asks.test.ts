import { parseGateQuestion } from "@roadrunner/core";
import type { GrabbedJob } from "@roadrunner/core/gearman";
import { parsePoolKeys, PoolSeal } from "@roadrunner/core/signing";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../../../../test/support/until.ts";
import { finding, gate, ref, startAsking, type Asking, type Handler, type questionIn } from "./asking.ts";

let asking: Asking | undefined;
afterEach(async () => {
  await asking?.close();
  asking = undefined;
});

const start = async (...args: Parameters<typeof startAsking>): Promise<Asking> => {
  asking = await startAsking(...args);
  return asking;
};

const prometheus = { url: "http://p:9090", query: "latency", max: 300, token: "p" };

describe("a gate question", () => {
  it("goes to the gate's pool, names what is asked and not what it is held against, and its finding is judged", async () => {
    const questions: unknown[] = [];
    const { ask } = await start(
      [gate({ pool: "dc1", prometheus })],
      async (one) => {
        questions.push(parseGateQuestion(one.workload.toString("utf8")));
        return finding(one, { kind: "value", value: 312 });
      },
      { function: "rr-gate.dc1" },
    );
    expect(await ask()).toEqual({ kind: "fail", text: "312, more than 300", value: 312, worker: "w1" });
    expect(questions).toMatchObject([
      {
        ok: true,
        value: {
          gate: { name: "site", run: "r1", slot: 1, job: "upgrade", ask: 1, client: "c1" },
          timeoutMs: 5000,
          prometheus: { url: "http://p:9090", query: "latency", token: "p" },
        },
      },
    ]);
    expect(JSON.stringify(questions)).not.toContain("300");
  });

  it.each<[string, (one: GrabbedJob) => string, object]>([
    ["a pass", (one) => finding(one, { kind: "status", status: 200 }), { kind: "pass", worker: "w1" }],
    ["another status", (one) => finding(one, { kind: "status", status: 503 }), { kind: "fail" }],
    [
      "nothing found",
      (one) => finding(one, { kind: "none", reason: "no data" }),
      { kind: "inconclusive", text: "no data", worker: "w1" },
    ],
    [
      "a finding of another kind",
      (one) => finding(one, { kind: "value", value: 200 }),
      { kind: "inconclusive" },
    ],
    [
      "no words of a worker",
      () => "hello",
      { kind: "inconclusive", text: expect.stringContaining("no Roadrunner worker") as string },
    ],
    [
      "a pass that names no submission",
      () => JSON.stringify({ v: 1, worker: "w1", reading: { kind: "status", status: 200 } }),
      { kind: "inconclusive", text: expect.stringContaining("does not say which submission") as string },
    ],
    [
      "a worker that could not read the question",
      () =>
        JSON.stringify({ v: 1, worker: "w1", reading: { kind: "none", reason: "sealed with another key" } }),
      { kind: "inconclusive", text: "sealed with another key" },
    ],
    [
      "a pass of another submission",
      (one) => finding(one, { kind: "status", status: 200 }, { submission: "another1" }),
      { kind: "inconclusive", text: expect.stringContaining("mixes up its jobs") as string },
    ],
    [
      "a reason without end",
      (one) => finding(one, { kind: "none", reason: "x".repeat(4000) }),
      { kind: "inconclusive", text: `${"x".repeat(500)}…` },
    ],
  ])("%s", async (_, answer, expected) => {
    const { ask } = await start([gate()], async (one) => answer(one));
    expect(await ask()).toMatchObject(expected);
  });

  it("that is sealed: only who has the pool's key can answer it, however right the answer looks", async () => {
    const keys = parsePoolKeys(Buffer.alloc(32, 7).toString("base64"));
    if (!keys.ok) throw new Error(keys.error.join());
    const worker = new PoolSeal(keys.value);
    const open = (one: GrabbedJob) => {
      const opened = worker.open(one.workload.toString("utf8"), one);
      if (!opened.ok) throw new Error(opened.error);
      return opened.value;
    };
    let answer: Handler = async (one) => {
      const { text, answers } = open(one);
      const { submission } = (JSON.parse(text) as ReturnType<typeof questionIn>).gate;
      return answers.last(
        JSON.stringify({ v: 1, worker: "w1", submission, reading: { kind: "status", status: 200 } }),
      );
    };
    let before = "";
    const { ask } = await start(
      [gate()],
      async (one) => {
        before = await answer(one);
        return before;
      },
      { seal: new PoolSeal(keys.value) },
    );
    expect(await ask()).toMatchObject({ kind: "pass" });
    // The answer to the ask before, which was a pass.
    answer = async () => before;
    expect(await ask()).toMatchObject({
      kind: "inconclusive",
      text: expect.stringContaining("not believed") as string,
    });
    answer = async () => JSON.stringify({ v: 1, worker: "w1", reading: { kind: "status", status: 200 } });
    expect(await ask()).toMatchObject({
      kind: "inconclusive",
      text: expect.stringContaining("not believed") as string,
    });
  });
});

describe("an ask of which no answer comes", () => {
  it("has one at once where no job server is there", async () => {
    const { ask, gearman } = await start([gate()], undefined);
    await gearman.close();
    expect(await ask()).toEqual({
      kind: "inconclusive",
      text: "no job server is connected; nothing was sent",
    });
  });

  it("has one at once where the connection goes", async () => {
    const { ask, gearman, asks } = await start([gate()], undefined);
    const answer = ask();
    await until("it to be in flight", () => gearman.inFlight === 1);
    gearman.distrust("the connection is gone");
    expect(await answer).toMatchObject({
      kind: "inconclusive",
      text: expect.stringContaining("gone") as string,
    });
    asks.stop();
  });

  it("is not in flight twice: asked anew, the first one's answer counts no more", async () => {
    const held: (() => void)[] = [];
    const { asks, gearman, answers } = await start([gate(), gate({ name: "other" })], async (one) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return finding(one, { kind: "status", status: held.length === 1 ? 503 : 200 });
    });
    asks.ask(ref(), 1);
    await until("the first to be had", () => held.length === 1);
    asks.ask(ref(), 2);
    await until("the first to be given up", () => gearman.inFlight === 1);
    asks.ask(ref(1), 1);
    expect(gearman.inFlight, "another gate is asked beside it").toBe(2);
    await until("the second to be had", () => held.length === 2);
    for (const free of held) free();
    await until("an answer", () => answers.length > 0);
    expect(answers[0]).toMatchObject({ ask: 2, answer: { kind: "pass" } });
  });

  it("says nothing when nobody wants to know any more", async () => {
    const { asks, gearman, answers } = await start([gate()], undefined);
    asks.ask(ref(), 1);
    expect(gearman.inFlight).toBe(1);
    asks.stop();
    asks.ask(ref(), 2);
    await until("nothing to be in flight", () => gearman.inFlight === 0);
    expect(answers).toEqual([]);
  });
});
