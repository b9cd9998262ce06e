import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { planOf, stage, WORK } from "../../../../test/support/plans.ts";
import { RunStory } from "../../src/story/run-story.ts";
import { stageTimes } from "../../src/story/stage-story.ts";

const plan = planOf({
  hosts: 2,
  stages: [stage("drain"), stage("install"), stage("note", { always: true })],
});
const task = (of: string | undefined, attempt = 1) => ({
  ...{ slot: 1, job: "job", host: "h1", attempt },
  ...(of === undefined ? {} : { stage: of }),
});
const started = (of: string, attempt = 1) => ({ type: "task.started", ...task(of, attempt), worker: "w" });
const ended = (of: string | undefined, end: object, attempt = 1) => ({
  ...{ type: "task.ended", ...task(of, attempt), final: true },
  ...end,
});

/** Each a second after the one before. */
function storyOf(...events: readonly object[]): RunStory {
  const by = { version: "1", who: "o", where: "b", digest: "", seed: 1 };
  const timed = [{ type: "run.started", plan, ...by }, ...events].map((event, second) => {
    const time = new Date(Date.UTC(2026, 10, 24) + 1000 * second).toISOString();
    return { time, run: "r", ...event } as RunEvent;
  });
  return RunStory.of(timed);
}

const failed = [
  started("drain"),
  ended("drain", { outcome: "ok", stdout: "out of it\n" }),
  started("install"),
  { ...ended("install", { outcome: "failed", reason: "exit code 7", exitCode: 7 }), final: false },
  started("install", 2),
  ended("install", { outcome: "failed", reason: "exit code 8", exitCode: 8, stderr: "no disk\n" }, 2),
  started("note"),
  ended("note", { outcome: "ok", stdout: "noted\n" }),
];
const end = ended(undefined, {
  outcome: "failed",
  reason: "install: exit code 8",
  decidedBy: "install",
});

it("knows at which stage a host is, and counts it when its whole way has ended", () => {
  const [job] = storyOf(...failed).jobs;
  expect(job?.command).toBe("drain, then install, then note");
  expect([job?.counts.ok, job?.counts.failed, job?.ended.size]).toEqual([0, 0, 0]);
  expect([...(job?.running.keys() ?? [])]).toEqual(["h1"]);
  expect(job?.ways?.get("h1")?.stage).toBe("note");
  const [after] = storyOf(...failed, end).jobs;
  expect([after?.counts.ok, after?.counts.failed, after?.running.size, after?.ways?.size]).toEqual([
    0, 1, 0, 0,
  ]);
});

it("gathers of a host the output of the stage that decided, and tells each attempt of each stage", () => {
  const [job] = storyOf(...failed, end).jobs;
  expect(job?.groups.sorted()).toMatchObject([
    { outcome: "failed", exitCode: 8, hosts: new Set(["h1"]), output: { stderr: "no disk\n" } },
  ]);
  const told = job?.tasks.get("h1");
  expect(told).toMatchObject({ outcome: "failed", reason: "install: exit code 8" });
  expect(
    told?.stages?.map((one) => `${one.stage}.${one.attempt} ${one.outcome} ${one.reason ?? ""}`),
  ).toEqual(["drain.1 ok ", "install.1 failed exit code 7", "install.2 failed exit code 8", "note.1 ok "]);
  const [first] = told?.stages ?? [];
  expect((first?.endedMs ?? 0) - (first?.startedMs ?? 0)).toBe(1000);
});

it("has of a way that went well the output of its last stage", () => {
  const well = [
    ...[started("drain"), ended("drain", { outcome: "ok", stdout: "one\n" })],
    ...[started("note"), ended("note", { outcome: "ok", stdout: "last\n" })],
    ended(undefined, { outcome: "ok" }),
  ];
  expect(storyOf(...well).jobs[0]?.groups.sorted()).toMatchObject([
    { outcome: "ok", output: { stdout: "last\n" } },
  ]);
});

describe("a way that is asked about first", () => {
  const asking = planOf({
    hosts: 3,
    stages: [stage("unless", { asks: true, work: { ...WORK, unless: "test -e /x" } }), stage("drain")],
  });
  const of = (host: string, changed: boolean, ...more: readonly object[]) =>
    [
      started("unless"),
      ended("unless", { outcome: "ok", changed }),
      ...more,
      ended(undefined, { outcome: "ok", changed }),
    ].map((event) => ({ ...event, host }));

  it("counts as changed the hosts that have gone it, and no others", () => {
    const cut = [started("unless"), ended("unless", { outcome: "ok", changed: true })];
    const [job] = storyOf(
      { type: "run.started", plan: asking, version: "1", who: "o", where: "b", digest: "", seed: 1 },
      ...of("h1", false),
      ...of("h2", true, started("drain"), ended("drain", { outcome: "ok" })),
      ...[...cut, ended(undefined, { outcome: "skipped" })].map((event) => ({ ...event, host: "h3" })),
    ).jobs;
    expect(job?.command).toBe("drain");
    expect([...(job?.changed ?? [])]).toEqual(["h2"]);
    expect(job?.groups.sorted().map(({ outcome, changed, hosts }) => [outcome, changed, ...hosts])).toEqual([
      ["skipped", undefined, "h3"],
      ["ok", false, "h1"],
      ["ok", true, "h2"],
    ]);
  });
});

describe("how long stages take", () => {
  const took = (host: string, durationMs: number | undefined, outcome = "ok") => [
    { ...started("drain"), host },
    { ...ended("drain", { outcome, ...(durationMs === undefined ? {} : { durationMs }) }), host },
  ];
  const timesOf = (...events: readonly object[]) => stageTimes(storyOf(...events).jobs[0] ?? {})[0];

  it("is told of the hosts on which they ended ok: what is in the middle, and the slowest", () => {
    expect(timesOf(...took("a", 30), ...took("b", 10), ...took("c", 20))).toEqual({
      ...{ stage: "drain", ok: 3, medianMs: 20, slowest: { host: "a", ms: 30 }, notOk: [] },
    });
    expect(timesOf(...took("a", 30), ...took("b", 10))).toMatchObject({ medianMs: 10 });
    expect(timesOf(...took("a", undefined))).toMatchObject({ medianMs: 1000 });
    expect(timesOf(...took("a", 5, "failed"))).toEqual({
      ...{ stage: "drain", ok: 0, notOk: [{ outcome: "failed", hosts: ["a"] }] },
    });
    const withdrawn = took("a", undefined, "skipped");
    expect(timesOf(...withdrawn)).toEqual({
      ...{ stage: "drain", ok: 0, notOk: [{ outcome: "skipped", hosts: ["a"] }] },
    });
    expect(timesOf(...withdrawn.slice(1))).toEqual({ stage: "drain", ok: 0, notOk: [] });
  });

  it("is not told of an end that was learned from a record, but where its worker knows", () => {
    const found = (host: string, known: object) => [
      { ...started("drain"), host },
      { ...ended("drain", { outcome: "ok", outputLost: true, ...known }), host },
    ];
    expect(timesOf(...found("a", {}))).toEqual({ stage: "drain", ok: 1, notOk: [] });
    expect(timesOf(...found("a", {}), ...found("b", { durationMs: 61 }), ...took("c", 70))).toEqual({
      ...{ stage: "drain", ok: 3, medianMs: 61, slowest: { host: "c", ms: 70 }, notOk: [] },
    });
  });

  it("counts of a host that is taken again what came of it at last", () => {
    const bad = [...took("h1", 5), started("install"), ended("install", { outcome: "failed" }), end];
    const again = [...bad, ...took("h1", 7)];
    const of = (events: readonly object[]) => stageTimes(storyOf(...events).jobs[0] ?? {});
    expect(of(bad)[1]).toMatchObject({ ok: 0, notOk: [{ outcome: "failed", hosts: ["h1"] }] });
    expect(of(again)).toMatchObject([
      { ok: 1, medianMs: 7 },
      { ok: 0, notOk: [] },
      { ok: 0, notOk: [] },
    ]);
    expect(
      of([...again, started("install"), ended("install", { outcome: "ok", durationMs: 3 })])[1],
    ).toMatchObject({
      ...{ ok: 1, medianMs: 3 },
    });
  });
});
