import { describe, expect, it } from "vitest";
import { loadFlow, resolvePlan } from "@roadrunner/core";
import { parseHandOver, type HandOver } from "../../src/api/index.ts";

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
