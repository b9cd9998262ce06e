import { describe, expect, it } from "vitest";
import { loadFlow, resolvePlan, type RunPlan } from "@roadrunner/core";
import { parseHandOver, takeHandOver, type HandOver } from "../../src/api/index.ts";

const flow = loadFlow(
  Buffer.from(
    JSON.stringify({ name: "f", slots: [{ jobs: [{ name: "j", hosts: "web[1-2]", command: "true" }] }] }),
  ),
  { file: "f.json" },
);
const plan = flow.ok ? resolvePlan({ flow: flow.value, scripts: new Map(), random: () => 0 }) : undefined;
const given = {
  v: 1,
  run: "20261124-091612-abcdefgh",
  plan: plan?.ok === true ? plan.value.plan : undefined,
  file: "f.json",
  fileDigest: "00",
  warnings: [],
  by: { version: "1", who: "ann", where: "box" },
  carry: {
    maxInFlight: 1000,
    priority: "normal",
    keepOutputBytes: 16384,
    waitForWorkersMs: 10_000,
    serverTimeoutMs: 60_000,
    lostTimeoutMs: 300_000,
    live: false,
  },
  concurrent: false,
};

describe("a hand-over", () => {
  it("is read as it was written, to the order of its plan's fields", () => {
    const turned = {
      ...given,
      plan: Object.fromEntries(Object.entries(given.plan as object).toReversed()),
    };
    const read = parseHandOver(JSON.stringify(turned));
    expect(read.ok && JSON.stringify(read.value.plan)).toBe(JSON.stringify(turned.plan));
  });

  it.each<[string, unknown, RegExp]>([
    ["no JSON", undefined, /not JSON/],
    ["a plan of another kind", { ...given, plan: { name: "f" } }, /^plan\./],
    ["an id that is none", { ...given, run: "last" }, /^run: is not a run id/],
    ["what nobody knows", { ...given, hosts: "all" }, /hosts/],
    ["more in flight than there can be", { ...given, carry: { ...given.carry, maxInFlight: 0 } }, /^carry\./],
  ])("of %s is refused with the place", (_, value, error) => {
    const read = parseHandOver(value === undefined ? "{" : JSON.stringify(value));
    expect(read).toEqual({ ok: false, error: expect.stringMatching(error) as string });
  });

  it("may bring secrets", () => {
    const read = parseHandOver(JSON.stringify({ ...given, secrets: { TOKEN: "x" } } satisfies object));
    expect(read.ok && (read.value satisfies HandOver).secrets).toEqual({ TOKEN: "x" });
  });
});

describe("a hand-over from somewhere", () => {
  const [slot] = (given.plan as RunPlan).slots;
  const [job] = slot?.jobs ?? [];
  const ofJob = (fields: object) => ({
    ...given,
    plan: { ...given.plan, slots: [{ ...slot, jobs: [{ ...job, ...fields }] }] },
  });
  const many = <T>(count: number, one: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => one(index));

  it.each<[string, unknown, RegExp]>([
    [
      "a million warnings",
      { ...given, warnings: many(1_000_000, () => "x") },
      /^warnings: there are 1000000, and at most 1000/,
    ],
    ["an endless warning", { ...given, warnings: ["x".repeat(2001)] }, /^warnings\.0 has 2001 characters/],
    [
      "very many secrets",
      { ...given, secrets: Object.fromEntries(many(100_000, (at) => [`s${at}`, "x"])) },
      /entries in one object/,
    ],
    [
      "very many labels",
      ofJob({ hosts: [{ name: "h", labels: Object.fromEntries(many(100_000, (at) => [`l${at}`, "x"])) }] }),
      /entries in one object/,
    ],
    [
      "millions of names in one list",
      ofJob({ retryOn: many(5_000_000, () => "j") }),
      /more than 4000000 values/,
    ],
    [
      "a long name",
      { ...given, plan: { ...given.plan, name: "n".repeat(5000) } },
      /more than 1000 characters in one name/,
    ],
    ["no slots", { ...given, plan: { ...given.plan, slots: [] } }, /there is no slot/],
    [
      "many slots",
      { ...given, plan: { ...given.plan, finally: many(10_000, () => ({ failFast: false, jobs: [] })) } },
      /more than 10000 slots/,
    ],
    [
      "a million slots, without a look at them",
      { ...given, plan: { name: "f", slots: many(1_000_000, () => 1), finally: [] } },
      /more than 10000 slots/,
    ],
    [
      "many jobs",
      { ...given, plan: { ...given.plan, slots: [{ ...slot, jobs: many(10_001, () => job) }] } },
      /more than 10000 jobs/,
    ],
    [
      "half a million hosts",
      ofJob({ hosts: many(500_001, (at) => ({ name: `h${at}` })) }),
      /more than 500000 hosts/,
    ],
    [
      "names that are asked about",
      ofJob({ onlyIfOk: many(100_000, () => "j") }),
      /more than 100000 stages, gates, steps and names/,
    ],
    [
      "much to be spread",
      ofJob({
        hosts: many(10_000, (at) => ({ name: `h${at}` })),
        spread: many(501, () => ({ label: "r", most: { kind: "count", count: 1 } })),
      }),
      /more than 5000000 hosts, counted/,
    ],
    ["endless attempts", ofJob({ retries: 1e9 }), /job "j": retries 1000000000, and at most 100/],
    ["a long pause", ofJob({ waitMs: 1e12 }), /waitMs/],
    ["nobody at once", ofJob({ parallelism: [{ kind: "count", count: 0 }] }), /is 0, and it is at least 1/],
  ])("with %s is refused within seconds", (_, value, error) => {
    const text = JSON.stringify(value);
    const from = performance.now();
    expect(takeHandOver(text)).toEqual({ ok: false, error: expect.stringMatching(error) as string });
    expect(performance.now() - from).toBeLessThan(15_000);
  });

  it("is taken with a plan of 100,000 hosts, and with as many warnings as are told", () => {
    const large = ofJob({
      hosts: many(100_000, (at) => ({ name: `h${at}`, address: "10.0.0.1", labels: { rack: "r" } })),
    });
    expect(
      takeHandOver(JSON.stringify({ ...large, warnings: many(1000, () => "x".repeat(2000)) })),
    ).toMatchObject({ ok: true });
  });
});
