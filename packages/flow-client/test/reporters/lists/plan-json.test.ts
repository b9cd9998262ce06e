import { expect, it } from "vitest";
import { planSummary } from "@roadrunner/core";
import { planJson } from "../../../src/reporters/lists/plan-json.ts";
import * as plans from "../../../../../test/support/plans.ts";

const work = (fields: object) => ({ ...plans.WORK, ...fields });

it("tells each stage of a job: what it does, where, how often, and how many may be there at once", () => {
  const at = (atOnce: number) => ({ hosts: [{ name: "lb1" }, { name: "lb2" }], atOnce, label: "lb" });
  const retried = { retries: 2, retryDelayMs: 500, retryOn: ["failed"] } as const;
  const check = { everyMs: 5000, stableMs: 0, withinMs: 300_000 };
  const stages = [
    plans.stage("unless", { asks: true, work: work({ command: "stand-in", unless: "test -e /x" }) }),
    plans.stage("drain", { at: at(3), work: work({ command: "lbctl drain", timeoutMs: 1000 }), ...retried }),
    plans.stage("healthy", { work: work({ command: "curl -f x", check }), retryFrom: "stage" }),
    plans.stage("note", {
      always: true,
      work: work({ command: undefined, script: { name: "n.sh", text: "x" } }),
    }),
  ] as const;
  const one = { hosts: [{ name: "lb1" }], atOnce: 1 };
  const other = plans.job({ name: "other", hosts: 1, stages: [plans.stage("a", { at: one })] });
  const plan = plans.plan(
    [plans.slot(plans.job({ hosts: 1, stages }), other)],
    [plans.slot(plans.job({ hosts: 1 }))],
  );
  const json = planJson(plan, planSummary(plan));
  expect(JSON.parse(JSON.stringify(json))).toMatchObject({
    slots: [
      {
        jobs: [
          {
            ...{ name: "job", need: 1 },
            stages: [
              { name: "unless", asks: true, unless: "test -e /x", always: false, retries: 0 },
              {
                ...{ name: "drain", command: "lbctl drain", always: false, timeoutMs: 1000, label: "lb" },
                ...{
                  at: [
                    { host: "lb1", atOnce: 1 },
                    { host: "lb2", atOnce: 3 },
                  ],
                  ...retried,
                },
              },
              { name: "healthy", check: "curl -f x", ...check, retryFrom: "stage" },
              { name: "note", script: "n.sh", always: true },
            ],
          },
          { name: "other", stages: [{ name: "a", at: [{ host: "lb1", atOnce: 1 }] }] },
        ],
      },
    ],
  });
  expect(JSON.stringify(json)).not.toContain("stand-in");
  expect(json).toHaveProperty("finally.0.jobs.0.name");
  expect(json).not.toHaveProperty("finally.0.jobs.0.stages");
});
