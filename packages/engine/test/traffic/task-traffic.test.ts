import type { TaskRef } from "@roadrunner/core";
import { GearmanClient } from "@roadrunner/core/gearman";
import { expect, it } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import { TaskTraffic } from "../../src/traffic/task-traffic.ts";
import { Wrapping } from "../../src/protect/wrapping.ts";
import { TakenOutputs } from "../../src/traffic/taken-outputs.ts";

const plan = planOf({ name: "j", hosts: [{ name: "a" }, { name: "b" }] });
const task = (host: number): TaskRef => ({ phase: "slots", slot: 0, job: 0, host, attempt: 1 });

it("withdraws only what no earlier rr-submit has asked for: of the others only the host can tell", () => {
  const traffic = new TaskTraffic({
    plan,
    run: "r",
    client: "c",
    // Never started: nothing is sent, all of it waits.
    gearman: new GearmanClient({ servers: [{ host: "127.0.0.1", port: 1 }] }),
    maxInFlight: 10,
    serverTimeoutMs: 1000,
    lostTimeoutMs: 300_000,
    keepOutputBytes: 1000,
    live: false,
    wrapping: new Wrapping(undefined, undefined),
    outputs: new TakenOutputs(plan),
    onNews: () => {},
    onOutput: () => {},
    onWarning: () => {},
    onRefused: () => {},
  });
  traffic.askedBefore(task(0), 1, false);
  traffic.request(task(0));
  traffic.request(task(1));
  expect(traffic.withdraw(task(0))).toEqual([task(1)]);
  expect(traffic.withdraw(task(0)), "what waits for its host's word is not given up").toEqual([]);
});
