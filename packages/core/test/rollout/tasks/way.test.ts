import { describe, expect, it } from "vitest";
import type { TaskEnd } from "../../../src/rollout/machine-events.ts";
import { count, planOf, share, stage, type JobFields } from "../../../../../test/support/plans.ts";
import { Driver, kinds } from "../driver.ts";

const WAY = [stage("drain"), stage("install"), stage("undrain")] as const;

function begun(
  fields: Partial<JobFields> = {},
  options: ConstructorParameters<typeof Driver>[1] = {},
): Driver {
  return Driver.begun(planOf({ hosts: 3, parallelism: [count(2)], stages: WAY, ...fields }), options);
}

describe("a host's way", () => {
  it("is gone stage by stage in one place, and hosts do not wait for each other", () => {
    const run = begun();
    expect(run.open()).toEqual(["h1", "h2"]);
    run.endAll(["h1", "h1"]);
    expect([run.way("h1"), run.way("h2")]).toEqual([["drain", "install", "undrain"], ["drain"]]);
    expect(run.open()).toEqual(["h1", "h2"]);
    run.end("h1");
    expect(run.outcome("h1")).toBe("ok");
    expect(run.open()).toEqual(["h2", "h3"]);
    for (const host of ["h2", "h3"]) run.endAll([host, host, host]);
    expect(run.run()).toMatchObject({ verdict: "succeeded", counts: { ok: 3 } });
  });

  it("ends as the stage that is not ok, which it names; later ones are not run but those that run always", () => {
    const stages = [...WAY, stage("note", { always: true })] as const;
    const run = begun({ stages: stages, success: share(0) });
    run.end("h1");
    run.end("h1", "failed", { reason: "exit code 7" });
    expect(run.outcome("h1")).toBeUndefined();
    run.end("h1");
    expect(run.way("h1")).toEqual(["drain", "install", "note"]);
    expect(run.finalEnd("h1")).toMatchObject({
      outcome: "failed",
      reason: "install: exit code 7",
    });
    expect(run.all("taskEnded").at(-1)).toMatchObject({ decidedBy: 1 });
  });

  it("tells of all stages that went wrong, what runs always included", () => {
    const stages = [...WAY, stage("note", { always: true }), stage("last", { always: true })] as const;
    const run = begun({ stages, success: share(0) });
    run.end("h1", "failed", { reason: "exit code 7" });
    run.end("h1", "unreachable", { reason: "no route" });
    run.end("h1");
    expect(run.finalEnd("h1")).toMatchObject({
      outcome: "failed",
      reason: "drain: exit code 7; and note: no route",
    });
  });

  it("that a kill has cut holds its place, as one that failed on the way", () => {
    const knownEnds = new Map<string, TaskEnd>([["slots/0/0/0", { outcome: "cancelled" }]]);
    expect(begun({ success: share(0), failedHostsHoldPlaces: true }, { knownEnds }).open()).toEqual(["h2"]);
    expect(begun({ success: share(0) }, { knownEnds }).open()).toEqual(["h2", "h3"]);
  });

  it("tries a stage again as that stage says, and no other one", () => {
    const stages = [stage("drain"), stage("install", { retries: 1, retryDelayMs: 0 })] as const;
    const run = begun({ stages, success: share(0), retries: 5 });
    run.end("h1");
    run.end("h1", "failed");
    run.end("h1");
    expect(run.way("h1")).toEqual(["drain", "install", "install"]);
    expect(run.outcome("h1")).toBe("ok");
    run.end("h2", "failed");
    expect(run.outcome("h2")).toBe("failed");
  });

  it("is gone to its end when the job is decided or stopped once: only who has not set out is withdrawn", () => {
    const stages = [stage("drain"), stage("install", { retries: 1 }), stage("undrain")] as const;
    const run = begun({ stages, hosts: 4, parallelism: [count(3)] });
    run.end("h1");
    const actions = run.end("h2", "failed");
    expect(run.all("warning")).toEqual([
      { type: "warning", text: 'job "job" has failed; hosts that go their way to its end: 1' },
    ]);
    expect(actions.filter(({ type }) => type === "revoke")).toMatchObject([{ stages: [0] }]);
    expect(run.outcome("h4")).toBe("skipped");
    run.end("h3", "skipped");
    expect(run.outcome("h3")).toBe("skipped");
    run.end("h1", "unreachable");
    run.wait(10_000);
    run.endAll(["h1", "h1"]);
    expect(run.way("h1")).toEqual(["drain", "install", "install", "undrain"]);
    expect(run.run()).toMatchObject({ verdict: "failed", counts: { ok: 1, failed: 1, skipped: 2 } });
  });

  it("is not killed by the job's deadline", () => {
    const run = begun({ deadlineMs: 60_000, success: share(0) });
    run.end("h1");
    expect(kinds(run.wait(61_000))).not.toContain("kill");
    run.endAll(["h1", "h1"]);
    run.endAll(["h2", "h2", "h2"]);
    expect(run.job()).toMatchObject({ verdict: "failed", counts: { ok: 2, skipped: 1 } });
  });

  it("is cut by a kill, after which only what runs always goes on", () => {
    const stages = [...WAY, stage("note", { always: true, retries: 1, retryDelayMs: 0 })] as const;
    const run = begun({ stages: stages });
    run.end("h1");
    run.stop();
    expect(kinds(run.stop("kill"))).toContain("kill");
    run.end("h1", "cancelled");
    run.end("h1", "failed");
    run.end("h1");
    expect(run.way("h1")).toEqual(["drain", "install", "note", "note"]);
    // It ended in the very moment of the kill.
    run.end("h2");
    run.end("h2");
    expect(run.way("h2")).toEqual(["drain", "note"]);
    expect(run.finalEnd("h2")).toMatchObject({
      outcome: "cancelled",
      reason: "install: not started: stopped",
    });
    expect(run.run()?.verdict).toBe("cancelled");
  });

  it("that a kill has cut ends as a stage that runs always and comes before the cut", () => {
    const run = begun({ stages: [stage("a"), stage("b", { always: true }), stage("c")] });
    run.stop();
    run.stop("kill");
    run.end("h1");
    run.end("h1", "failed", { reason: "exit code 7" });
    expect(run.finalEnd("h1")).toMatchObject({ outcome: "failed", reason: "b: exit code 7" });
  });

  it("does not go on beside what may still run, and keeps its place", () => {
    const run = begun({ success: share(0), stages: [stage("a"), stage("b", { always: true })] });
    run.end("h1", "unknown", { mayBeRunning: true });
    expect([run.way("h1"), run.outcome("h1"), run.open()]).toEqual([["a"], "unknown", ["h2"]]);
  });

  it("is asked for at the stage that was lost, and a word on a stage that is over changes nothing", () => {
    const run = begun();
    const drain = run.task("h1");
    run.end("h1");
    run.send({ type: "taskEnded", task: drain, end: { outcome: "failed" } });
    run.lose("h1");
    expect(run.submissions("h1").at(-1)).toMatchObject({ again: true, task: { stage: 1 } });
    expect(run.outcome("h1")).toBeUndefined();
  });

  it("is interrupted between two stages: nothing more is submitted, and the host stays open", () => {
    const run = begun();
    run.send({ type: "interrupted", reason: "disk full" });
    expect(kinds(run.end("h1"))).toEqual(["taskEnded"]);
    expect(run.outcome("h1")).toBeUndefined();
  });
});

describe("a way that is asked about first", () => {
  const ASKED = [stage("unless", { asks: true }), ...WAY] as const;
  const asked = (fields: Partial<JobFields> = {}, options: ConstructorParameters<typeof Driver>[1] = {}) =>
    begun({ stages: ASKED, ...fields }, options);

  it("is not gone where it is not needed, and gives its place to the next host", () => {
    const run = asked();
    run.end("h1", "ok", { changed: false });
    expect(run.finalEnd("h1")).toEqual({ outcome: "ok", changed: false });
    expect([run.way("h1"), run.open()]).toEqual([["unless"], ["h2", "h3"]]);
  });

  it("is gone where it is needed, however what stands in for a command fared", () => {
    const run = asked({ success: share(0), stages: [stage("unless", { asks: true, retries: 3 }), ...WAY] });
    run.end("h1", "failed", { changed: true, reason: "exit code 2", blame: "host" });
    run.endAll(["h1", "h1"]);
    run.end("h1", "ok", { changed: false });
    expect(run.way("h1")).toEqual(ASKED.map(({ name }) => name));
    expect(run.finalEnd("h1")).toEqual({ outcome: "ok", changed: true });
    run.end("h2", "ok", { changed: true });
    run.end("h2", "failed", { reason: "exit code 7" });
    expect(run.finalEnd("h2")).toEqual({ outcome: "failed", reason: "drain: exit code 7", changed: true });
  });

  it("that could not be asked about has not begun: nothing of it runs, not even what runs always", () => {
    const run = asked({ success: share(0), stages: [...ASKED, stage("note", { always: true })] });
    run.end("h1", "failed", { reason: "unless: exit code 127" });
    expect(run.finalEnd("h1")).toEqual({ outcome: "failed", reason: "unless: exit code 127" });
    run.stop();
    run.stop("kill");
    run.end("h2", "cancelled", { reason: "killed" });
    expect([run.way("h1"), run.way("h2")]).toEqual([["unless"], ["unless"]]);
  });

  it("does not begin once the job is stopped or decided, though the answer came after that", () => {
    const run = asked();
    run.stop();
    run.end("h1", "ok", { changed: true });
    expect(run.finalEnd("h1")).toMatchObject({ outcome: "skipped" });
    run.end("h2", "ok", { changed: false });
    expect(run.run()).toMatchObject({ verdict: "cancelled", counts: { ok: 1, skipped: 2 } });
  });

  it("has not begun as long as its first stage behind the question has not", () => {
    const run = asked({ hosts: 4, parallelism: [count(4)], success: share(100) });
    for (const host of ["h1", "h2", "h3", "h4"]) run.end(host, "ok", { changed: true });
    run.end("h1");
    const actions = run.end("h2", "failed");
    expect(actions.filter(({ type }) => type === "revoke")).toMatchObject([{ stages: [0, 1] }]);
    run.end("h3", "skipped");
    expect([run.outcome("h3"), run.outcome("h1")]).toEqual(["skipped", undefined]);
    run.end("h4");
    for (const host of ["h1", "h4"]) run.endAll([host, host]);
    expect(run.run()).toMatchObject({ verdict: "failed", counts: { ok: 2, failed: 1, skipped: 1 } });
  });

  it("goes on behind the question when it is resumed, and is asked about anew where its end was not written down", () => {
    const knownEnds = new Map<string, TaskEnd>([
      ["slots/0/0/0/0", { outcome: "ok", changed: true }],
      ["slots/0/0/1/0", { outcome: "ok", changed: false }],
    ]);
    const run = asked({}, { knownEnds });
    expect([run.way("h1"), run.way("h2")]).toEqual([["drain"], ["unless"]]);
    run.endAll(["h1", "h1", "h1"]);
    expect(run.finalEnd("h1")).toEqual({ outcome: "ok", changed: true });
  });
});

describe("a recorded past with stages", () => {
  it("goes on at the first stage without an end", () => {
    const run = begun({}, { past: true });
    run.end("h1");
    run.end("h1");
    expect(run.submissions("h1").at(-1)).toMatchObject({ task: { stage: 2 } });
  });

  it("keeps the end of a way that a kill had cut", () => {
    const run = begun({ success: share(0) }, { past: true });
    run.end("h1");
    const { stage: _, ...way } = run.task("h1");
    run.send({ type: "taskEnded", task: way, end: { outcome: "cancelled" } });
    expect(run.outcome("h1")).toBe("cancelled");
    expect(run.open()).toEqual(["h2", "h3"]);
    run.send({ type: "resumed" });
    run.send({ type: "resumed", askedBefore: [] } as never);
    const { stage: __, ...other } = run.task("h2");
    run.send({ type: "taskEnded", task: other, end: { outcome: "cancelled" } });
    expect(run.outcome("h2")).toBeUndefined();
  });

  it("begins anew at a stage of which the ones before need not be gone through once more", () => {
    const knownEnds = new Map<string, TaskEnd>([
      ["slots/0/0/0/0", { outcome: "ok" }],
      ["slots/0/0/1", { outcome: "failed" }],
    ]);
    const firstAttempts = new Map([["slots/0/0/0/1", 2]]);
    const run = begun({ success: share(0) }, { knownEnds, firstAttempts });
    expect(run.task("h1")).toMatchObject({ stage: 1, attempt: 2 });
    expect(run.open()).toEqual(["h1", "h3"]);
  });
});
