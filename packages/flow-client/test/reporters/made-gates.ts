import type { GatePlan, OutcomeCounts, RunEvent } from "@roadrunner/core";
import * as plans from "../../../../test/support/plans.ts";
import { MADE_RUN, START_MS } from "./made-run.ts";

export const latency: GatePlan = {
  ...{ name: "latency", everyMs: 30_000, failures: 2, timeoutMs: 10_000, pool: "metrics" },
  prometheus: { url: "http://prom:9090", query: "p99_ms", max: 300 },
};
export const page: GatePlan = {
  ...{ name: "page", everyMs: 30_000, failures: 2, timeoutMs: 10_000 },
  http: { url: "http://shop/health", status: 200 },
};
export const hosts = plans.hosts(6, "fe");
export const gatedPlan = plans.plan([
  plans.slot(
    plans.job({
      ...{ name: "upgrade", hosts, parallelism: [plans.count(2)], stepped: true },
      ...{ gates: [latency, page], bakeMs: 300_000 },
    }),
    plans.job({ name: "upgrade.undo", hosts, undoes: "upgrade", success: plans.count(0) }),
  ),
  plans.slot(plans.job({ name: "notes", hosts: 2 })),
]);

export const at = (second: number) => ({
  time: new Date(START_MS + second * 1000).toISOString(),
  run: MADE_RUN,
});
const of = { slot: 1, job: "upgrade" };
const undo = { slot: 1, job: "upgrade.undo" };

export const countsOf = (some: Partial<OutcomeCounts>): OutcomeCounts => ({
  ...{ ok: 0, failed: 0, timedOut: 0, unreachable: 0, refused: 0, unknown: 0, cancelled: 0, skipped: 0 },
  ...some,
});

/** Hosts that run side by side are written one after the other. */
const byTime = (events: readonly RunEvent[]): RunEvent[] =>
  events.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time));

let asks = 0;
export function answered(
  second: number,
  gate: string,
  answer: "pass" | "fail" | "inconclusive",
  text: string,
): RunEvent[] {
  asks += 1;
  return [
    { ...at(second), type: "gate.asked", ...of, gate, ask: asks },
    { ...at(second), type: "gate.answered", ...of, gate, ask: asks, answer, text, worker: "w1" },
  ];
}
export const wellAt = (second: number): RunEvent[] => [
  ...answered(second, "latency", "pass", "212, at most 300"),
  ...answered(second, "page", "pass", "status 200"),
];
export const runs = (
  second: number,
  host: string,
  how: object = { outcome: "ok" },
  job: object = of,
): RunEvent[] =>
  [
    { ...at(second), type: "task.asked", ...job, host, attempt: 1, submission: 1 },
    { ...at(second), type: "task.started", ...job, host, attempt: 1, worker: "w1" },
    {
      ...at(second + 10),
      type: "task.ended",
      ...job,
      host,
      attempt: 1,
      final: true,
      durationMs: 10_000,
      ...how,
    },
  ] as RunEvent[];

export const begun: RunEvent[] = [
  {
    ...{ ...at(0), type: "run.started", version: "0.1.0", plan: gatedPlan, digest: "0".repeat(64) },
    ...{ who: "ops", where: "box", seed: 1 },
  },
  { ...at(0), type: "slot.started", slot: 1 },
  { ...at(0), type: "job.started", ...of, hosts: 6, need: 6, window: 2, steps: [2, 2, 2] },
];
export const toldBefore: RunEvent[] = [...wellAt(0), ...wellAt(5), ...wellAt(10)];
/** Both hosts of the first step are well, and the gates are watched. */
export const toFirstBake: RunEvent[] = byTime([
  ...begun,
  ...toldBefore,
  { ...at(10), type: "step.started", ...of, step: 1, hosts: 2, need: 2 },
  ...runs(10, "fe1"),
  ...runs(10, "fe2"),
  { ...at(20), type: "step.ended", ...of, step: 1, passed: true },
  { ...at(20), type: "job.baking", ...of, bakeMs: 300_000 },
]);
/** The site is not. */
export const toFails: RunEvent[] = [
  ...toFirstBake,
  ...answered(20, "page", "pass", "status 200"),
  ...answered(20, "latency", "inconclusive", "no data"),
  ...answered(50, "latency", "fail", "312, more than 300"),
  ...answered(80, "latency", "fail", "330, more than 300"),
];
export const BROKEN = "gate latency failed: 330, more than 300 (2 in a row)";
const skipped = ["fe3", "fe4", "fe5", "fe6"].map((host): RunEvent => {
  const why = { outcome: "skipped" as const, reason: 'job "upgrade" had failed' };
  return { ...at(80), type: "task.ended", ...of, host, attempt: 1, final: true, ...why };
});
const failedCounts = countsOf({ ok: 2, skipped: 4 });
/** So what ran is undone; fe1 will not have it. */
export const undoBegins: RunEvent[] = [
  ...toFails,
  ...skipped,
  { ...at(80), type: "job.ended", ...of, verdict: "failed", counts: failedCounts, reason: BROKEN },
  { ...at(80), type: "job.started", ...undo, hosts: 2, need: 0, window: 2, steps: [] },
];
export const undone: RunEvent[] = byTime([
  ...undoBegins,
  ...runs(80, "fe2", { outcome: "ok" }, undo),
  ...runs(80, "fe1", { outcome: "failed", reason: "exit code 3", exitCode: 3, stderr: "held back\n" }, undo),
  {
    ...{ ...at(90), type: "job.ended", ...undo, verdict: "failed", counts: countsOf({ ok: 1, failed: 1 }) },
    reason: "undone on 1 of 2 hosts; 1 failed",
  },
  { ...at(90), type: "slot.ended", slot: 1, verdict: "failed", counts: failedCounts },
  { ...at(90), type: "run.ended", verdict: "failed", counts: failedCounts, reason: BROKEN },
]);
/** The same, with `onGateFail: hold`. */
export const held: RunEvent[] = [...toFails, { ...at(80), type: "job.held", ...of, reason: BROKEN }];
export const confirmed: RunEvent[] = [
  ...held,
  { ...at(325), type: "job.confirmed", ...of, goOn: true },
  { ...at(325), type: "step.started", ...of, step: 2, hosts: 2, need: 2 },
];
/** A person went on, and all became well. */
export const wellInTheEnd: RunEvent[] = byTime([
  ...confirmed,
  ...runs(325, "fe3"),
  ...runs(325, "fe4"),
  { ...at(335), type: "step.ended", ...of, step: 2, passed: true },
  { ...at(335), type: "job.baking", ...of, bakeMs: 300_000 },
  ...wellAt(335),
  { ...at(635), type: "step.started", ...of, step: 3, hosts: 2, need: 2 },
  ...runs(635, "fe5"),
  ...runs(635, "fe6"),
  { ...at(645), type: "step.ended", ...of, step: 3, passed: true },
  { ...at(645), type: "job.baking", ...of, bakeMs: 300_000 },
  ...wellAt(645),
  { ...at(945), type: "job.ended", ...of, verdict: "succeeded", counts: countsOf({ ok: 6 }) },
  { ...at(945), type: "slot.ended", slot: 1, verdict: "succeeded", counts: countsOf({ ok: 6 }) },
]);
