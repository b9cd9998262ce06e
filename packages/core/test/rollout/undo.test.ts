import { describe, expect, it } from "vitest";
import type { JobPlan, RunPlan } from "../../src/rollout/plan/plan.ts";
import {
  count,
  hosts,
  job,
  plan,
  share,
  slot,
  stage,
  type JobFields,
} from "../../../../test/support/plans.ts";
import { Driver } from "./driver.ts";

/** Four hosts, all of which must end ok, two at once; and what undoes them. */
const upgrade = (fields: Partial<JobFields> = {}): JobPlan =>
  job({ name: "upgrade", hosts: 4, parallelism: [count(2)], ...fields });

const undo = (fields: Partial<JobFields> = {}): JobPlan =>
  job({ name: "upgrade.undo", undoes: "upgrade", hosts: 4, success: count(0), ...fields });

function planOf(first = upgrade(), back = undo(), last: readonly JobPlan[] = []): RunPlan {
  return plan(
    [slot(first, back), slot(job({ name: "next", hosts: 1 }))],
    last.length === 0 ? [] : [slot(...last)],
  );
}

/** h1 and h2 end ok, h3 fails beside h4. */
function failed(run: Driver): void {
  for (const [name, outcome] of [
    ["h1", "ok"],
    ["h2", "ok"],
    ["h3", "failed"],
    ["h4", "ok"],
  ] as const)
    run.end(`upgrade/${name}`, outcome);
}

describe("a job that has failed", () => {
  it("is undone on the hosts that had started, the latest first, within its window", () => {
    const run = Driver.begun(planOf());
    failed(run);
    expect(run.job("upgrade")?.verdict).toBe("failed");
    expect(run.open()).toEqual(["upgrade.undo/h4", "upgrade.undo/h3"]);
    run.end("upgrade.undo/h3");
    expect(run.open()).toEqual(["upgrade.undo/h4", "upgrade.undo/h2"]);
    for (const name of ["h4", "h2", "h1"]) run.end(`upgrade.undo/${name}`);
    expect(run.job("upgrade.undo")).toMatchObject({ verdict: "succeeded", counts: { ok: 4 } });
    expect(run.run()).toMatchObject({ verdict: "failed", counts: { ok: 3, failed: 1, skipped: 1 } });
    expect(run.run()?.reason).not.toContain("undo");
  });

  it("is undone after all that ran has ended, and not on hosts that never started", () => {
    const run = Driver.begun(planOf(upgrade({ parallelism: [count(3)] })));
    run.end("upgrade/h1", "failed");
    expect(run.open()).toEqual(["upgrade/h2", "upgrade/h3"]);
    run.end("upgrade/h2", "unreachable");
    run.end("upgrade/h3", "skipped");
    expect(run.open()).toEqual(["upgrade.undo/h1"]);
  });

  it("is not undone on a host to which a worker set out and which it did not reach", () => {
    const run = Driver.begun(planOf());
    run.start("upgrade/h1", "upgrade/h2");
    run.end("upgrade/h1", "unreachable");
    run.end("upgrade/h2");
    expect(run.open()).toEqual(["upgrade.undo/h2"]);
  });

  it("is undone where an attempt had started before the host was lost to sight", () => {
    const run = Driver.begun(planOf(upgrade({ hosts: 1, retries: 1, retryDelayMs: 0, retryOn: ["failed"] })));
    run.start("upgrade/h1");
    run.end("upgrade/h1", "failed");
    run.end("upgrade/h1", "unreachable");
    expect(run.open()).toEqual(["upgrade.undo/h1"]);
  });

  it("tells which hosts could not be undone, after its own reason, and goes on to the last", () => {
    const run = Driver.begun(planOf());
    failed(run);
    for (const name of ["h4", "h3", "h2", "h1"]) run.end(`upgrade.undo/${name}`, "failed");
    expect(run.job("upgrade.undo")).toMatchObject({
      verdict: "failed",
      reason: "undone on 0 of 4 hosts; 4 failed",
    });
    expect(run.all("slotEnded")[0]?.reason).toBe(
      'job "upgrade": needs 4 of 4 hosts; 1 failed; job "upgrade.undo": undone on 0 of 4 hosts; 4 failed',
    );
  });

  it("is not undone where nobody knows how it ended, unless that is asked for", () => {
    const some = Driver.begun(planOf());
    for (const name of ["h1", "h2"]) some.end(`upgrade/${name}`, "unknown", { mayBeRunning: true });
    expect(some.run()?.verdict).toBe("failed");
    expect(some.all("warning").map(({ text }) => text)).toContain(
      'job "upgrade" is not undone on 2 hosts of which nobody knows how it ended: h1, h2',
    );
    const all = Driver.begun(planOf(upgrade(), undo({ undoUnknown: true })));
    for (const name of ["h1", "h2"]) all.end(`upgrade/${name}`, "unknown", { mayBeRunning: true });
    expect(all.open()).toEqual(["upgrade.undo/h2", "upgrade.undo/h1"]);
  });

  it("is not undone on hosts that were found to need nothing, nor where only the question was asked", () => {
    const way = upgrade({ stages: [{ ...stage("unless"), asks: true }, stage("install")] });
    const run = Driver.begun(planOf(way));
    run.start("upgrade/h1");
    run.end("upgrade/h1", "ok", { changed: false });
    run.end("upgrade/h2", "ok", { changed: true });
    run.end("upgrade/h2", "failed");
    run.end("upgrade/h3", "failed");
    expect(run.open()).toEqual(["upgrade.undo/h2"]);
  });

  it("gives no host of it to what runs only where it ended ok", () => {
    const last = job({ name: "tidy", hosts: 4, onlyIfOk: ["upgrade"] });
    const run = Driver.begun(planOf(upgrade(), undo(), [last]));
    failed(run);
    for (const name of ["h4", "h3", "h2", "h1"]) run.end(`upgrade.undo/${name}`);
    expect(run.all("jobStarted").at(-1)).toMatchObject({ phase: "finally", hosts: 0 });
  });

  it("is undone after its deadline as well, and the undo has none", () => {
    const run = Driver.begun(planOf(upgrade({ deadlineMs: 1000 })));
    run.start("upgrade/h1", "upgrade/h2");
    run.wait(1000);
    run.end("upgrade/h1", "cancelled");
    run.end("upgrade/h2", "cancelled");
    expect(run.open()).toEqual(["upgrade.undo/h2", "upgrade.undo/h1"]);
    run.wait(100_000);
    expect(run.open()).toHaveLength(2);
  });

  it("leaves what it undoes alone by failFast, and stops the other jobs of its slot", () => {
    const other = job({ name: "other", hosts: hosts(2, "x"), parallelism: [count(1)] });
    const both = { ...slot(upgrade({ hosts: 1 }), undo({ hosts: 1 }), other), failFast: true };
    const run = Driver.begun(plan([both]));
    run.end("upgrade/h1", "failed");
    expect(run.outcome("x2")).toBe("skipped");
    run.end("upgrade.undo/h1");
    expect(run.outcome("upgrade.undo/h1")).toBe("ok");
  });
});

describe("a stop", () => {
  it("before the job has ended leaves the undo out, and says so", () => {
    const run = Driver.begun(planOf());
    run.end("upgrade/h1", "failed");
    run.stop();
    run.end("upgrade/h2");
    expect(run.run()?.verdict).toBe("failed");
    expect(run.all("warning").map(({ text }) => text)).toContain(
      'job "upgrade" is not undone: the run was stopped; a resume does it',
    );
    expect(run.open()).toEqual([]);
  });

  it("while it is undone lets what runs end, and starts no other", () => {
    const run = Driver.begun(planOf());
    failed(run);
    run.stop();
    run.end("upgrade.undo/h4");
    run.end("upgrade.undo/h3");
    expect(run.job("upgrade.undo")).toMatchObject({
      verdict: "cancelled",
      reason: "stopped; undone on 2 of 4 hosts; 2 never started",
    });
    expect(run.run()?.verdict).toBe("failed");
  });
});

it("a job that succeeds is not undone, and nothing is heard of its undo", () => {
  const run = Driver.begun(planOf(upgrade({ success: share(75) })));
  failed(run);
  expect(run.job("upgrade")?.verdict).toBe("succeeded");
  expect(run.all("jobStarted").map((one) => one.job)).toEqual([0, 0]);
  run.end("next/h1");
  expect(run.run()).toMatchObject({ verdict: "succeeded", counts: { ok: 4, failed: 1, skipped: 0 } });
});

it("a slot that is never started has no word of what would undo it", () => {
  const run = Driver.begun(plan([slot(job({ name: "first", hosts: 1 })), slot(upgrade(), undo())]));
  run.end("first/h1", "failed");
  expect(run.all("taskEnded").filter(({ task }) => task.slot === 1)).toHaveLength(4);
  expect(run.run()?.counts.skipped).toBe(4);
});
