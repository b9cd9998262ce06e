import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TaskRef } from "@roadrunner/core";
import { Admission } from "../../src/traffic/admission.ts";

const task = (job: number, host: number): TaskRef => ({ phase: "slots", slot: 0, job, host, attempt: 1 });

function filled(jobs: number, hosts: number, maxInFlight = 1000): Admission {
  const admission = new Admission({ maxInFlight });
  for (let job = 0; job < jobs; job += 1) {
    for (let host = 0; host < hosts; host += 1) admission.enqueue(`job${job}`, "rr-run", task(job, host));
  }
  return admission;
}

function take(admission: Admission): TaskRef[] {
  const taken: TaskRef[] = [];
  for (let next = admission.next(); next !== undefined; next = admission.next()) taken.push(next);
  return taken;
}

describe("Admission", () => {
  it("submits 16 before the first worker has spoken, then twice the places announced", () => {
    const admission = filled(1, 1000);
    expect(take(admission)).toHaveLength(16);
    admission.workerSeen("rr-run", "w1", 10);
    admission.started("rr-run");
    expect(take(admission)).toHaveLength(5);
    admission.workerSeen("rr-run", "w2", 10);
    expect(take(admission)).toHaveLength(20);
  });

  it("lets jobs take turns", () => {
    const admission = filled(3, 10);
    expect(take(admission).map((taken) => taken.job)).toEqual([
      0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
    ]);
  });

  it("counts the tasks of a job by the pools that they go to, and withdraws them all", () => {
    const admission = filled(1, 40);
    for (let host = 40; host < 80; host += 1) admission.enqueue("job0", "rr-run.dmz", task(0, host));
    const taken = take(admission);
    expect(taken).toHaveLength(32);
    for (const { host } of taken) admission.gone(host < 40 ? "rr-run" : "rr-run.dmz", false);
    expect(take(admission)).toHaveLength(32);
    expect(admission.waiting()).toEqual(new Map([["job0", 16]]));
    expect(admission.withdraw("job0")).toHaveLength(16);
    expect(admission.waiting()).toEqual(new Map());
  });

  it("keeps to the most tasks in flight", () => {
    const admission = filled(1, 100, 5);
    expect(take(admission)).toHaveLength(5);
    admission.gone("rr-run", false);
    expect(take(admission)).toHaveLength(1);
  });

  it("counts each function for itself", () => {
    const admission = filled(1, 100);
    for (let host = 0; host < 100; host += 1) admission.enqueue("other", "rr-run.dc1", task(1, host));
    expect(take(admission)).toHaveLength(32);
  });

  it("withdraws what was never submitted, and nothing else", () => {
    const admission = filled(2, 20);
    const submitted = take(admission);
    const withdrawn = admission.withdraw("job0");
    expect(submitted.filter((taken) => taken.job === 0).length + withdrawn.length).toBe(20);
    expect(withdrawn.every((taken) => taken.job === 0)).toBe(true);
    expect(admission.withdraw("job0")).toEqual([]);
  });

  it("hands out each task once, in its job's order, and never more than its bounds", () => {
    const commands = fc.array(fc.constantFrom("next", "started", "gone"), { maxLength: 300 });
    fc.assert(
      fc.property(
        commands,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 8 }),
        (steps, max, places) => {
          const admission = filled(3, 20, max);
          admission.workerSeen("rr-run", "w", places);
          const submitted: TaskRef[] = [];
          let started = 0;
          let gone = 0;
          for (const step of steps) {
            if (step === "next") {
              const next = admission.next();
              if (next !== undefined) submitted.push(next);
            } else if (step === "started" && submitted.length > started) {
              started += 1;
              admission.started("rr-run");
            } else if (step === "gone" && started > gone) {
              gone += 1;
              admission.gone("rr-run", true);
            }
            expect(submitted.length - gone).toBeLessThanOrEqual(max);
            expect(submitted.length - started).toBeLessThanOrEqual(places * 2);
          }
          for (const job of [0, 1, 2]) {
            const hosts = submitted.filter((taken) => taken.job === job).map((taken) => taken.host);
            expect(hosts).toEqual(hosts.map((_, index) => index));
          }
        },
      ),
    );
  });
});

it("gives what starts nothing alone where nothing may start, and keeps the rest in its order", () => {
  const admission = new Admission({ maxInFlight: 10 });
  const lanes = ["begin", "settle", "begin", "settle"] as const;
  for (const [host, lane] of lanes.entries()) admission.enqueue("job0", "rr-run", task(0, host), lane);
  const hosts = (only?: "settle") =>
    Array.from({ length: 4 }, () => admission.next(only)?.host).filter((host) => host !== undefined);
  expect(hosts("settle")).toEqual([1, 3]);
  expect(admission.withdraw("job0", ({ host }) => host === 0)).toEqual([task(0, 0)]);
  expect(hosts()).toEqual([2]);
});
