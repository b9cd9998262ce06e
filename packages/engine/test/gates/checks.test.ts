import { parseWorkload, type Workload } from "@roadrunner/core";
import type { GrabbedJob } from "@roadrunner/core/gearman";
import { afterEach, expect, it } from "vitest";
import { WORK } from "../../../../test/support/plans.ts";
import { gate, startAsking, type Asking } from "./asking.ts";

let asking: Asking | undefined;
afterEach(async () => {
  await asking?.close();
  asking = undefined;
});

const check = gate({
  check: {
    host: { name: "mon1", address: "10.0.0.1", user: "mon", env: { A: "1" } },
    env: { B: "2" },
    work: { ...WORK, command: "look", connectTimeoutMs: 60_000 },
  },
});

const workloadIn = (one: GrabbedJob): Workload => {
  const parsed = parseWorkload(one.workload.toString("utf8"));
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};

const outcome = (one: GrabbedJob, fields: object): string =>
  JSON.stringify({
    ...{
      v: 1,
      submission: workloadIn(one).task?.submission,
      host: "mon1",
      worker: "w1",
      stdout: "",
      stderr: "",
    },
    ...fields,
  });

it("is an ordinary command that may run again, names its gate, and keeps to the gate's time", async () => {
  const workloads: Workload[] = [];
  asking = await startAsking([check], async (one) => {
    workloads.push(workloadIn(one));
    return outcome(one, { outcome: "ok", exitCode: 0, stdout: "all\n212 ms\n" });
  });
  expect(await asking.ask()).toEqual({ kind: "pass", text: "exit code 0: 212 ms", worker: "w1" });
  expect(workloads).toMatchObject([
    {
      ...{ command: "look", host: "mon1", address: "10.0.0.1", user: "mon", env: { A: "1", B: "2" } },
      ...{ delivery: "repeatable", timeoutMs: 5000, startWithinMs: 5000, connectTimeoutMs: 5000 },
      task: { run: "r1", slot: 1, job: "upgrade", gate: "site", attempt: 1, client: "c1" },
    },
  ]);
  expect(workloads[0]).not.toHaveProperty("live");
});

it.each<[string, object, object]>([
  [
    "a fail, with its last words",
    { outcome: "failed", exitCode: 7, reason: "exit code 7", blame: "host", stderr: "too slow\n" },
    { kind: "fail", text: "exit code 7: too slow" },
  ],
  ["a time that ran out", { outcome: "timedOut", reason: "ran out of its time" }, { kind: "inconclusive" }],
  [
    "a host that is not there",
    { outcome: "unreachable", reason: "no route", blame: "host" },
    { kind: "inconclusive", text: "unreachable: no route" },
  ],
  [
    "a worker's own fault",
    { outcome: "failed", exitCode: 1, reason: "no disk", blame: "worker" },
    { kind: "inconclusive" },
  ],
  ["a refusal", { outcome: "refused", reason: "not allowed", blame: "submission" }, { kind: "inconclusive" }],
  ["what cannot be", { outcome: "ok", exitCode: 3 }, { kind: "inconclusive" }],
  ["another host's", { outcome: "ok", exitCode: 0, host: "mon2" }, { kind: "inconclusive" }],
  ["another submission's", { outcome: "ok", exitCode: 0, submission: "another1" }, { kind: "inconclusive" }],
])("%s", async (_, fields, expected) => {
  asking = await startAsking([check], async (one) => outcome(one, fields));
  expect(await asking.ask()).toMatchObject(expected);
});
