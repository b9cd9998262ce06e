import { describe, expect, it } from "vitest";
import type { GatePlan, RunEvent } from "@roadrunner/core";
import { count, job, plan, planOf, slot } from "../../../../test/support/plans.ts";
import { RunStory } from "../../src/story/run-story.ts";
import { askedBefore, notPassed } from "../../src/story/watch-story.ts";

const latency: GatePlan = {
  ...{ name: "latency", everyMs: 30_000, failures: 2, timeoutMs: 10_000 },
  prometheus: { url: "http://prom:9090", query: "latency", max: 300 },
};
const page: GatePlan = { ...latency, name: "page", http: { url: "http://shop/", status: 200 } };
const watched = planOf({
  ...{ hosts: 4, parallelism: [count(2)], stepped: true },
  ...{ gates: [latency, page], bakeMs: 300_000 },
});
const START_MS = Date.UTC(2026, 10, 24);
const of = { slot: 1, job: "job" };
const by = { version: "1", who: "o", where: "b" };
const counts = {
  ok: 0,
  failed: 0,
  timedOut: 0,
  unreachable: 0,
  refused: 0,
  unknown: 0,
  cancelled: 0,
  skipped: 0,
};

/** Each a second after the one before. */
function storyOf(given: readonly object[], of = watched): RunStory {
  const begin = { type: "run.started", plan: of, ...by, digest: "", seed: 1 };
  return RunStory.of(
    [begin, ...given].map((event, second) => {
      const time = new Date(START_MS + 1000 * second).toISOString();
      return { time, run: "r", ...event } as RunEvent;
    }),
  );
}

const began = { type: "job.started", ...of, hosts: 4, need: 4, window: 2, steps: [2, 2] };
const step = (number: number) => ({ type: "step.started", ...of, step: number, hosts: 2, need: 2 });
const stepOver = (number: number) => ({ type: "step.ended", ...of, step: number, passed: true });
const asked = (gate: string, ask: number) => ({ type: "gate.asked", ...of, gate, ask });
const answered = (gate: string, ask: number, answer: string, text = answer) => ({
  ...{ type: "gate.answered", ...of, gate, ask, answer, text, worker: "w1" },
});
const baking = { type: "job.baking", ...of, bakeMs: 300_000 };
const held = { type: "job.held", ...of, reason: "gate latency failed: 512, more than 300 (2 in a row)" };
const confirmed = (goOn: boolean) => ({ type: "job.confirmed", ...of, goOn });
const ended = (verdict: string) => ({ type: "job.ended", ...of, verdict, counts, reason: "because" });
const watchOf = (given: readonly object[]) => {
  const [first] = storyOf(given).jobs;
  if (first?.watch === undefined) throw new Error("the job has no gates");
  return first.watch;
};
const passBefore = [1, 2, 3].flatMap((ask) => [
  answered("latency", ask, "pass"),
  answered("page", ask, "pass"),
]);

describe("what a gate has said", () => {
  it("is its last answers, the counts of all, and since when it says so", () => {
    const kinds = ["pass", "inconclusive", "fail", "pass", "fail", "fail", "fail"];
    const { gates } = watchOf([began, ...kinds.map((kind, index) => answered("latency", index + 1, kind))]);
    const gate = gates.get("latency");
    expect(gate?.counts).toEqual({ pass: 2, fail: 4, inconclusive: 1 });
    expect(gate?.last.map(({ ask, kind }) => `${ask} ${kind}`)).toEqual([
      "3 fail",
      "4 pass",
      "5 fail",
      "6 fail",
      "7 fail",
    ]);
    expect(gate).toMatchObject({ fails: 3, sinceMs: START_MS + 6000 });
    expect(gates.get("page")).toMatchObject({ last: [], fails: 0 });
  });

  it("is nothing while its first ask is out", () => {
    const out = [began, asked("latency", 1)];
    expect(watchOf(out).gates.get("latency")).toMatchObject({ askedMs: START_MS + 2000, last: [] });
    const back = watchOf([...out, answered("latency", 1, "pass")]);
    expect(back.gates.get("latency")).not.toHaveProperty("askedMs");
  });

  it("stays small in a run of days, whatever is answered", () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      answered("latency", index + 1, "fail", "x".repeat(9000)),
    );
    const bakes = Array.from({ length: 500 }, () => baking);
    const watch = watchOf([began, ...many, ...bakes]);
    expect(JSON.stringify([...watch.gates.values(), watch.past]).length).toBeLessThan(50_000);
    expect(watch.gates.get("latency")?.counts.fail).toBe(500);
    expect(watch.sums.bake).toEqual({ times: 499, ms: 499_000 });
  });
});

describe("what a job waits for", () => {
  it("is its gates before the first host, until that is asked for", () => {
    const twice = watchOf([
      began,
      answered("latency", 1, "pass"),
      answered("latency", 2, "pass"),
      answered("page", 1, "pass"),
    ]);
    expect(twice.wait).toMatchObject({ kind: "before", sinceMs: START_MS + 1000 });
    expect(askedBefore(twice)).toBe(1);
    expect(watchOf([began, ...passBefore.slice(1), step(1), stepOver(1), step(2)]).wait?.kind).toBe("before");
    const host = { type: "task.asked", ...of, host: "h1", attempt: 1, submission: 1 };
    const begun = watchOf([began, ...passBefore, host]);
    expect(begun.wait).toBeUndefined();
    expect(begun.past).toMatchObject([{ kind: "before", endedMs: START_MS + 8000 }]);
  });

  it("is a bake, until the next step or the job's end", () => {
    const bakes = [began, step(1), stepOver(1), baking];
    expect(watchOf(bakes).wait).toEqual({
      ...{ kind: "bake", step: 1, sinceMs: START_MS + 4000, untilMs: START_MS + 304_000 },
    });
    expect(notPassed(watchOf([...bakes, answered("page", 4, "pass")])).map(({ name }) => name)).toEqual([
      "latency",
    ]);
    for (const after of [
      step(2),
      ended("succeeded"),
      held,
      { type: "run.stopping", how: "drain", reason: "r" },
    ])
      expect(watchOf([...bakes, after]).past.at(-1)).toMatchObject({
        kind: "bake",
        endedMs: START_MS + 5000,
      });
  });

  it("is a person where it holds, with what its gates had said", () => {
    const fails = [1, 2, 3].map((ask) => answered("latency", ask, ask === 1 ? "pass" : "fail"));
    const holds = watchOf([began, ...fails, answered("page", 1, "pass"), held]);
    expect(holds.wait).toMatchObject({ kind: "hold", reason: held.reason });
    expect(
      holds.wait?.evidence?.map(({ gate, answers }) => [gate, ...answers.map(({ ask }) => ask)]),
    ).toEqual([["latency", 2, 3]]);
    const goesOn = watchOf([began, ...fails, held, confirmed(true)]);
    expect(goesOn.wait).toBeUndefined();
    expect(goesOn.past.at(-1)).toMatchObject({ kind: "hold", goOn: true });
    expect(goesOn.gates.get("latency")?.fails).toBe(0);
  });

  it("is nothing any more where the job is decided, while hosts are on their way", () => {
    const left = { type: "task.ended", ...of, host: "h4", attempt: 1, outcome: "skipped", final: true };
    expect(watchOf([began, step(1), held, left]).wait).toBeUndefined();
    expect(watchOf([began, step(1), held, { ...left, outcome: "ok" }]).wait?.kind).toBe("hold");
  });

  it("goes on to be a person while nobody carries the run, and anew a bake", () => {
    const left = { type: "run.interrupted", reason: "r" };
    const again = { type: "run.resumed", ...by };
    expect(watchOf([began, held, left, again]).wait).toMatchObject({
      kind: "hold",
      sinceMs: START_MS + 2000,
    });
    for (const away of [[left], []]) {
      const { past, wait } = watchOf([began, step(1), baking, ...away, again, baking]);
      expect(past.at(-1)).toMatchObject({ kind: "bake", endedMs: START_MS + 1000 * (3 + away.length) });
      expect(wait?.sinceMs).toBe(START_MS + 1000 * (5 + away.length));
    }
    const before = watchOf([began, ...passBefore, left, again, answered("latency", 4, "pass")]);
    expect([before.wait?.kind, askedBefore(before)]).toEqual(["before", 0]);
  });
});

describe("the gates that made a job fail", () => {
  const fail = (ask: number) => answered("latency", ask, "fail");
  it("are those that failed as often as they may not, with the answers", () => {
    const failed = watchOf([began, ...passBefore, step(1), fail(4), fail(5), ended("failed")]).failed;
    expect(failed?.map(({ gate, answers }) => [gate, ...answers.map(({ ask }) => ask)])).toEqual([
      ["latency", 4, 5],
    ]);
    const host = { type: "task.asked", ...of, host: "h1", attempt: 1, submission: 1 };
    expect(watchOf([began, host, fail(1), ended("failed")]).failed).toBeUndefined();
    expect(watchOf([began, fail(1), fail(2), held, confirmed(false), ended("failed")]).failed).toHaveLength(
      1,
    );
    expect(watchOf([began, fail(1), fail(2), held, confirmed(true), ended("failed")]).failed).toBeUndefined();
  });
});

it("is failed before the first host by three fails, however many it may have later", () => {
  const patient = planOf({ hosts: 4, gates: [{ ...latency, failures: 10 }] });
  const fails = [1, 2, 3].map((ask) => answered("latency", ask, "fail"));
  const failed = (...more: readonly object[]) =>
    storyOf([began, ...more, ...fails, ended("failed")], patient).jobs[0]?.watch?.failed;
  expect(failed()).toHaveLength(1);
  expect(failed({ type: "task.asked", ...of, host: "h1", attempt: 1, submission: 1 })).toBeUndefined();
});

describe("a job that undoes another", () => {
  const undo = { name: "up.undo", hosts: 3, undoes: "up", success: count(0) };
  const undoable = plan([slot(job({ name: "up", hosts: 3 }), job(undo), job({ name: "next", hosts: 1 }))]);
  const up = { slot: 1, job: "up" };
  const back = { slot: 1, job: "up.undo" };
  const starts = (of: object, hosts: number) => ({
    type: "job.started",
    ...of,
    hosts,
    need: 0,
    window: 3,
    steps: [],
  });
  const ends = (of: object, host: string, outcome: string) => ({
    ...{ type: "task.ended", ...of, host, attempt: 1, outcome, final: true },
  });
  const failed = [
    ...[starts(up, 3), ends(up, "h1", "ok"), ends(up, "h2", "failed"), ends(up, "h3", "skipped")],
    { type: "job.ended", ...up, verdict: "failed", counts, reason: "needs 3" },
  ];
  const names = (story: RunStory) => story.jobs.map(({ name }) => name);

  it("is nowhere before it begins", () => {
    const story = storyOf([...failed, { type: "run.ended", verdict: "failed", counts }], undoable);
    expect(names(story)).toEqual(["up", "next"]);
    expect(story.jobs[0]?.undoneBy).toBeUndefined();
  });

  it("stands behind that one when it runs, with its own hosts", () => {
    const story = storyOf(
      [...failed, starts(back, 2), ends(back, "h2", "ok"), ends(back, "h1", "failed")],
      undoable,
    );
    expect(names(story)).toEqual(["up", "up.undo", "next"]);
    const undone = story.jobs[0]?.undoneBy;
    expect([...(undone?.ended ?? [])]).toEqual([
      ["h2", "ok"],
      ["h1", "failed"],
    ]);
    expect([...(story.jobs[1]?.tasks.keys() ?? [])]).toEqual(["h2", "h1"]);
  });

  it("is forgotten where that one is tried again, and so is why it had failed", () => {
    const again = [{ type: "run.resumed", ...by, retry: ["failed"] }, starts(up, 3)];
    const story = storyOf([...failed, starts(back, 2), ends(back, "h2", "ok"), ...again], undoable);
    expect(names(story)).toEqual(["up", "next"]);
    expect(story.jobs[0]).not.toHaveProperty("undoneBy");
    expect(story.jobs[0]).not.toHaveProperty("reason");
    const twice = storyOf(
      [...failed, starts(back, 2), ends(back, "h2", "ok"), ...again, starts(back, 1)],
      undoable,
    );
    expect(twice.jobs[1]).toMatchObject({ name: "up.undo", hosts: 1, ended: new Map() });
  });
});
