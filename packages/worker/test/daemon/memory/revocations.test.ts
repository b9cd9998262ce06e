import { describe, expect, it } from "vitest";
import { Revocations } from "../../../src/daemon/memory/revocations.ts";
import { RunningTasks } from "../../../src/daemon/memory/running-tasks.ts";

const task = { run: "r1", slot: 1, job: "pkg1", attempt: 1, client: "c1", submission: "abcdefgh" };

describe("Revocations", () => {
  it("holds back the jobs named, of that client and run only", () => {
    const revocations = new Revocations();
    revocations.add({ run: "r1", client: "c1", jobs: ["pkg1"] });
    expect(revocations.has(task)).toBe(true);
    expect(revocations.has({ ...task, job: "pkg2" })).toBe(false);
    expect(revocations.has({ ...task, client: "c2" })).toBe(false);
    expect(revocations.has({ ...task, run: "r2" })).toBe(false);
    expect(revocations.has(undefined)).toBe(false);
  });

  it("lets those through that ask how a lost task ended, or are to kill it", () => {
    const revocations = new Revocations();
    revocations.add({ run: "r1", client: "c1" });
    expect(revocations.has({ ...task, order: "run" })).toBe(true);
    expect(revocations.has({ ...task, order: "withdraw" })).toBe(false);
    expect(revocations.has({ ...task, order: "kill" })).toBe(false);
  });

  it("holds back a whole run", () => {
    const revocations = new Revocations();
    revocations.add({ run: "r1", client: "c1" });
    expect(revocations.has(task)).toBe(true);
    expect(revocations.has({ ...task, job: "pkg2" })).toBe(true);
  });

  it("holds back a stage wherever it runs, or where it is named to run", () => {
    const revocations = new Revocations();
    const drain = { ...task, stage: "drain", target: "fe7" };
    revocations.add({ run: "r1", client: "c1", jobs: ["pkg1"], stages: ["drain@lb1"] });
    expect(revocations.has(drain, "lb1")).toBe(true);
    expect(revocations.has(drain, "lb2")).toBe(false);
    expect(revocations.has({ ...drain, stage: "undrain" }, "lb1")).toBe(false);
    revocations.add({ run: "r1", client: "c1", jobs: ["pkg1"], stages: ["drain"] });
    expect(revocations.has(drain, "lb2")).toBe(true);
  });

  it("forgets none of one signer for the many of another", () => {
    const revocations = new Revocations();
    revocations.add({ run: "r1", client: "c1" }, "SHA256:a");
    const jobs = Array.from({ length: 30_000 }, (_, index) => `j${index}`);
    revocations.add({ run: "r2", client: "c2", jobs }, "SHA256:b");
    expect(revocations.has(task)).toBe(true);
  });

  it("holds back whole jobs, or the whole run, where more stages or jobs are named than can be kept", () => {
    const revocations = new Revocations();
    const names = (count: number, of: string) => Array.from({ length: count }, (_, index) => `${of}${index}`);
    const jobs = [...names(9000, "j"), "pkg1"];
    revocations.add({ run: "r1", client: "c1", jobs, stages: names(1000, "s") });
    expect(revocations.has({ ...task, stage: "another" })).toBe(true);
    expect(revocations.has({ ...task, job: "j0" })).toBe(true);
    expect(revocations.has({ ...task, job: "pkg2" })).toBe(false);
    revocations.add({ run: "r2", client: "c1", jobs: names(100_000, "j") });
    expect(revocations.has({ ...task, run: "r2", job: "j0" })).toBe(true);
  });

  it("forgets none of others for the many keys and carriers of one person", () => {
    const revocations = new Revocations();
    revocations.add({ run: "r1", client: "c1" }, "SHA256:a", "alice of SHA256:ca");
    for (let index = 0; index < 30_000; index += 1)
      revocations.add({ run: "r2", client: "c2" }, `SHA256:${index}`, "eve of SHA256:ca");
    expect(revocations.has(task)).toBe(true);
    expect(revocations.sayers).toBeLessThanOrEqual(21);
  });

  it("forgets the oldest only", () => {
    const revocations = new Revocations();
    for (let index = 0; index < 10_001; index += 1) revocations.add({ run: `r${index}`, client: "c1" });
    expect(revocations.has({ ...task, run: "r0" })).toBe(false);
    expect(revocations.has({ ...task, run: "r1" })).toBe(true);
    expect(revocations.has({ ...task, run: "r10000" })).toBe(true);
  });
});

describe("RunningTasks", () => {
  it("kills a stage where it is named to run", () => {
    const running = new RunningTasks();
    const drain = { ...task, stage: "drain", target: "fe7" };
    const [there, elsewhere] = [
      running.begin(drain, true, "1", "lb1"),
      running.begin(drain, true, "2", "lb2"),
    ];
    expect(running.kill({ run: "r1", client: "c1", jobs: ["pkg1"], stages: ["drain@lb1"] }, "why")).toBe(1);
    expect([there.signal.aborted, elsewhere.signal.aborted]).toEqual([true, false]);
  });

  it("tells what is revoked that its command is not to start, and kills nothing of it", () => {
    const running = new RunningTasks();
    const mine = running.begin(task, true, "h1");
    const others = [
      running.begin({ ...task, job: "pkg2" }, true, "h2"),
      running.begin({ ...task, order: "kill" }, true, "h3"),
      running.begin(undefined, false, undefined),
    ];
    running.revoke({ run: "r1", client: "c1", jobs: ["pkg1"] });
    expect([mine, ...others].map(({ revoked }) => revoked.aborted)).toEqual([true, false, false, false]);
    expect(mine.signal.aborted).toBe(false);
  });

  it("knows what runs by the key of its work", () => {
    const running = new RunningTasks();
    const mine = running.begin(task, true, "one");
    expect(["one", "another"].map((key) => running.has(key))).toEqual([true, false]);
    mine.done();
    expect(running.has("one")).toBe(false);
  });

  it("kills what the scope names", () => {
    const running = new RunningTasks();
    const mine = running.begin(task, true, "h1");
    const other = running.begin({ ...task, job: "pkg2" }, false, "h1");
    const byHand = running.begin(undefined, false, undefined);
    expect(running.kill({ run: "r1", client: "c1", jobs: ["pkg1"] }, "why")).toBe(1);
    expect([mine, other, byHand].map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
    expect(mine.signal.reason).toBe("why");
    expect(running.attached).toBe(2);
    running.killAttached("leaving");
    expect([mine, other, byHand].map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
    expect(running.kill({ run: "r1", client: "c1" }, "why")).toBe(0);
    other.done();
    expect(running.size).toBe(2);
  });
});
