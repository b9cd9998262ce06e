import { createRollout, fail, succeed, type Result, type RunEvent, type TaskRef } from "@roadrunner/core";
import { expect, it } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import { RunLoop } from "../../src/run/run-loop.ts";

const plan = planOf({ name: "j", hosts: [{ name: "a" }, { name: "b" }] });
const task = (host: number): TaskRef => ({ phase: "slots", slot: 0, job: 0, host, attempt: 1 });
const started = {
  type: "run.started",
  version: "1",
  who: "me",
  where: "here",
  plan,
  digest: "",
  seed: 1,
} as const;

/** A loop whose journal is a database: what is written is there when that says so. */
function loopWithStore() {
  const writes: { events: readonly RunEvent[]; done: (written: Result<void, string>) => void }[] = [];
  const seen: string[] = [];
  const loop = new RunLoop({
    plan,
    run: "r",
    state: createRollout(plan, { seed: 1 }),
    ports: {
      request: ({ host }) => seen.push(`request ${host}`),
      kill: () => {},
      pump: () => {},
      withdraw: () => [],
      hold: () => seen.push("hold"),
      running: () => 0,
      tellWorkers: (what) => seen.push(what),
      record: async (events) => new Promise((done) => writes.push({ events, done })),
      show: (events) => seen.push(...events.map(({ type }) => type)),
      askGate: () => {},
      askToConfirm: () => {},
    },
  });
  const types = (): string[] => writes.flatMap(({ events }) => events.map(({ type }) => type));
  /** Answers the write that waits. */
  const answer = async (written: Result<void, string> = succeed(undefined)): Promise<void> => {
    writes.shift()?.done(written);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const answerAll = async (): Promise<void> => {
    while (writes.length > 0) await answer();
  };
  return { loop, seen, types, answer, answerAll };
}

it("does and shows nothing of a decision before the journal has it, and decides nothing else meanwhile", async () => {
  const { loop, seen, types, answer } = loopWithStore();
  loop.begin(started, []);
  loop.news({ type: "taskStarted", task: task(0), worker: "w" });
  expect(types()).toEqual(["run.started"]);
  expect(seen).toEqual([]);
  await answer();
  expect(seen).toEqual(["run.started"]);
  expect(types()).toEqual(["slot.started", "job.started", "task.asked", "task.asked"]);
  await answer();
  expect(seen.slice(-2)).toEqual(["request 0", "request 1"]);
  expect(types()).toEqual(["task.started"]);
});

it("carries a run to its end, which is told when it is written", async () => {
  const { loop, seen, types, answer, answerAll } = loopWithStore();
  loop.begin(started, []);
  await answerAll();
  for (const host of [0, 1]) loop.news({ type: "taskEnded", task: task(host), end: { outcome: "ok" } });
  await answer();
  expect(types()).toContain("run.ended");
  expect(seen).not.toContain("run.ended");
  await answerAll();
  expect(await loop.ended).toEqual({ kind: "ended", verdict: "succeeded" });
  expect(seen.at(-1)).toBe("run.ended");
});

it("does nothing of what a journal refuses, as one that another has taken over, and leaves the run", async () => {
  const { loop, seen, answer, answerAll } = loopWithStore();
  loop.begin(started, []);
  await answer();
  await answer(fail("another coordinator carries this run"));
  await answerAll();
  expect(await loop.ended).toEqual({ kind: "interrupted", reason: "another coordinator carries this run" });
  expect(seen.filter((what) => what.startsWith("request"))).toEqual([]);
  expect(seen).toContain("hold");
});

it("is abandoned without waiting for what is being written, and does nothing of that afterwards", async () => {
  const { loop, seen, types, answer, answerAll } = loopWithStore();
  loop.begin(started, []);
  await answer();
  loop.abandon("SIGINT, three times");
  expect(types().at(-1)).toBe("run.interrupted");
  await answerAll();
  expect(await loop.ended).toEqual({ kind: "interrupted", reason: "SIGINT, three times" });
  expect(seen.filter((what) => what.startsWith("request"))).toEqual([]);
});

it("writes at once what has come while it wrote, decision for decision, and then does it in that order", async () => {
  const { loop, seen, types, answer, answerAll } = loopWithStore();
  loop.begin(started, []);
  await answer();
  await answer();
  for (const host of [0, 1]) {
    loop.news({ type: "taskStarted", task: task(host), worker: "w" });
    loop.news({ type: "taskEnded", task: task(host), end: { outcome: "ok" } });
  }
  // The first one found nobody waiting; the others came while it was written.
  expect(types()).toEqual(["task.started"]);
  await answer();
  expect(types()).toEqual([
    ...["task.ended", "task.started", "task.ended"],
    ...["step.ended", "job.ended", "slot.ended", "run.ended"].filter((type) => types().includes(type)),
  ]);
  expect(seen).not.toContain("task.ended");
  await answerAll();
  expect(await loop.ended).toEqual({ kind: "ended", verdict: "succeeded" });
});

it("keeps live output in its place among what is gathered", async () => {
  const { loop, seen, answerAll, answer } = loopWithStore();
  loop.begin(started, []);
  await answer();
  await answer();
  loop.news({ type: "taskStarted", task: task(0), worker: "w" });
  loop.news({ type: "taskStarted", task: task(1), worker: "w" });
  loop.output(task(0), { type: "output", v: 1, stream: "stdout", data: "x" });
  for (const host of [0, 1]) loop.news({ type: "taskEnded", task: task(host), end: { outcome: "ok" } });
  await answerAll();
  const told = seen.filter((what) => /^task\.(started|output|ended)$/.test(what));
  expect(told).toEqual(["task.started", "task.started", "task.output", "task.ended", "task.ended"]);
});

it("bounds the live output that waits for a journal, and says what is not shown", async () => {
  const { loop, seen, types, answer, answerAll } = loopWithStore();
  loop.begin(started, []);
  await answer();
  await answer();
  loop.news({ type: "taskStarted", task: task(0), worker: "w" });
  const data = "x".repeat(1024 * 1024);
  for (let count = 0; count < 20; count += 1)
    loop.output(task(0), { type: "output", v: 1, stream: "stdout", data });
  await answer();
  expect(seen.filter((what) => what === "task.output")).toHaveLength(16);
  expect(types()).toEqual(["warning"]);
  await answerAll();
  loop.output(task(0), { type: "output", v: 1, stream: "stdout", data });
  expect(seen.at(-1)).toBe("task.output");
});
