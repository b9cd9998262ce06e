import type { GatePlan } from "@roadrunner/core";
import { expect, it } from "vitest";
import { job, plan, slot } from "../../../../test/support/plans.ts";
import { functionsOf } from "../../src/run/submit-run.ts";

const gate = (fields: Partial<GatePlan>): GatePlan => ({
  ...{ name: "g", everyMs: 1000, failures: 2, timeoutMs: 1000, http: { url: "http://a", status: 200 } },
  ...fields,
});

it("names what workers have to serve: for tasks, what undoes them, and gates, each by its pool", () => {
  const gates = [gate({}), gate({ pool: "dc2" }), gate({ pool: "dc2", name: "h" })];
  const hosts = [{ name: "a", pool: "dc1" }];
  const first = slot(job({ name: "up", hosts, gates }), job({ name: "up.undo", hosts, undoes: "up" }));
  expect(functionsOf(plan([first], [slot(job({ name: "z", hosts: 1 }))]))).toEqual([
    "rr-run.dc1",
    "rr-gate",
    "rr-gate.dc2",
    "rr-run",
  ]);
});
