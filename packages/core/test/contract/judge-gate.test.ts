import { expect, test } from "vitest";
import { judgeGate, type GatePlan, type GateReading } from "@roadrunner/core";

const common = { name: "g", everyMs: 30_000, failures: 2, timeoutMs: 10_000 };
const latency: GatePlan = {
  ...common,
  prometheus: { url: "http://prom:9090", query: "latency", max: 300, min: 1 },
};
const page: GatePlan = { ...common, http: { url: "http://shop/health", status: 200 } };
const check: GatePlan = {
  ...common,
  check: { host: { name: "mon1" }, work: {} as NonNullable<GatePlan["check"]>["work"] },
};

test.each<[string, GatePlan, GateReading, string, string]>([
  ["at its bound", latency, { kind: "value", value: 300 }, "pass", "300, at least 1 and at most 300"],
  ["over it", latency, { kind: "value", value: 300.5 }, "fail", "300.5, more than 300"],
  ["under the other", latency, { kind: "value", value: 0 }, "fail", "0, less than 1"],
  ["NaN", latency, { kind: "value", value: Number.NaN }, "inconclusive", "NaN is no number to judge by"],
  [
    "Infinity",
    latency,
    { kind: "value", value: Infinity },
    "inconclusive",
    "Infinity is no number to judge by",
  ],
  ["nothing", latency, { kind: "none", reason: "no data" }, "inconclusive", "no data"],
  ["the status", page, { kind: "status", status: 200 }, "pass", "status 200"],
  ["another one", page, { kind: "status", status: 503 }, "fail", "status 503, not 200"],
  ["exit code 0", check, { kind: "exit", ok: true, reason: "ok" }, "pass", "ok"],
  ["another one", check, { kind: "exit", ok: false, reason: "exit code 7" }, "fail", "exit code 7"],
])("a gate that reads %s", (_name, gate, reading, kind, text) => {
  expect(judgeGate(gate, reading)).toMatchObject({ kind, text });
});

test("a reading of another kind of gate is never a pass", () => {
  expect(judgeGate(page, { kind: "value", value: 200 }).kind).toBe("inconclusive");
  expect(judgeGate(latency, { kind: "status", status: 200 }).kind).toBe("inconclusive");
  expect(judgeGate(check, { kind: "status", status: 200 }).kind).toBe("inconclusive");
  expect(judgeGate(latency, { kind: "exit", ok: true, reason: "ok" }).kind).toBe("inconclusive");
});
