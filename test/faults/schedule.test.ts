import { describe, expect, it } from "vitest";
import { flowFor } from "./fault-flow.ts";
import { isSigned, scheduleFor, TAMPERED } from "./schedule.ts";

const shape = { workers: 3, hosts: 20, containers: 4, faults: 40, withinMs: 10_000 };
const seeds = Array.from({ length: 50 }, (_, seed) => seed);

describe("scheduleFor", () => {
  it("gives the same faults for the same seed, and others for another", () => {
    expect(scheduleFor(7, shape)).toEqual(scheduleFor(7, shape));
    expect(scheduleFor(7, shape)).not.toEqual(scheduleFor(8, shape));
  });

  it("keeps to its time, in order, and to the parts that are there", () => {
    for (const seed of seeds) {
      const times = scheduleFor(seed, shape).map(({ atMs }) => atMs);
      expect(times).toHaveLength(40);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(Math.max(...times)).toBeLessThanOrEqual(10_000);
      for (const { fault } of scheduleFor(seed, shape)) {
        if ("worker" in fault) expect([0, 1, 2]).toContain(fault.worker);
        if ("container" in fault) expect(fault.container).toBeLessThan(4);
        if ("host" in fault) expect(fault.host).toBeLessThan(20);
      }
    }
  });

  it("leaves no kind of fault and no link out", () => {
    const faults = seeds.flatMap((seed) => scheduleFor(seed, shape)).map(({ fault }) => fault);
    expect([...new Set(faults.map(({ kind }) => kind))].sort()).toEqual([
      "crashHost",
      "cutLink",
      "failSite",
      "forgetRecords",
      "killServer",
      "killSessions",
      "killSubmit",
      "killWorker",
      "pauseServer",
      "pauseSubmit",
      "pauseWorker",
      "renewHost",
      "replaceWorker",
      "stallLink",
      "stopSubmit",
      "tamper",
    ]);
    const tampered = faults.flatMap((fault) => (fault.kind === "tamper" ? [fault.how] : []));
    expect(new Set(tampered)).toEqual(new Set([...TAMPERED.submit, ...TAMPERED.worker]));
    const stops = faults.flatMap((fault) => (fault.kind === "stopSubmit" ? [fault.twice] : []));
    expect(new Set(stops)).toEqual(new Set([false, true]));
    const links = faults.flatMap((fault) => ("link" in fault ? [fault.link] : []));
    expect([...new Set(links)].sort()).toEqual(["ssh", "submit", "worker0", "worker1", "worker2"]);
  });
});

describe("flowFor", () => {
  it("gives the same flow for the same seed, with the delivery that is asked for", () => {
    const flow = { hosts: ["a", "b"], dir: "/x", page: "http://127.0.0.1:1/" };
    expect(flowFor(3, { ...flow, delivery: "once" })).toEqual(flowFor(3, { ...flow, delivery: "once" }));
    expect(JSON.stringify(flowFor(3, { ...flow, delivery: "repeatable" }))).toContain('"repeatable"');
  });
});

it("half of the seeds are signed, among them that of the suite itself", () => {
  const signed = Array.from({ length: 400 }, (_, seed) => seed).filter(isSigned);
  expect(signed.length / 400).toBeCloseTo(0.5, 1);
  expect(signed).toContain(80);
});
