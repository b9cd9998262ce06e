import { describe, expect, it } from "vitest";
import { planSummary, type GatePlan, type JobPlan } from "@roadrunner/core";
import { planJson } from "../../../src/reporters/lists/plan-json.ts";
import { planSize, planText } from "../../../src/reporters/lists/plan-text.ts";
import * as plans from "../../../../../test/support/plans.ts";

const asked = { everyMs: 30_000, failures: 2, timeoutMs: 10_000 };
const latency: GatePlan = {
  ...{ name: "latency", ...asked, pool: "web" },
  prometheus: { url: "http://prom:9090", query: "rate(\u001b[2J\nx)", max: 0.3, min: 0, token: "prom" },
};
const health: GatePlan = {
  ...{ name: "health", ...asked, failures: 1 },
  http: { url: "http://shop/", status: 204 },
};
const orders: GatePlan = {
  ...{ name: "orders", ...asked },
  check: {
    host: { name: "mon1", user: "nagios" },
    env: { A: "1" },
    work: { ...plans.WORK, command: "ok\nnow", okCodes: [0, 2], become: true, secretEnv: { T: "tok" } },
  },
};
const undo: Partial<JobPlan> = { name: "up.undo", undoes: "up", work: { ...plans.WORK, command: "back" } };
const planWith = (job: Partial<JobPlan>, ...more: readonly Partial<JobPlan>[]) =>
  plans.plan([plans.slot(...[{ name: "up", ...job }, ...more].map((of) => plans.job({ hosts: 4, ...of })))]);
const linesOf = (...jobs: Parameters<typeof planWith>) => {
  const plan = planWith(...jobs);
  return planText(plan, planSummary(plan));
};
const jsonOf = (...jobs: Parameters<typeof planWith>) => {
  const plan = planWith(...jobs);
  return JSON.parse(JSON.stringify(planJson(plan, planSummary(plan)))) as object;
};

describe("gates in a plan", () => {
  it("are shown with what is asked, where, how often, within which bounds, and what a fail does", () => {
    const lines = linesOf({ gates: [latency, health, orders], bakeMs: 300_000, onGateFail: "hold" });
    const first = lines.findIndex((line) => line.includes("gates, "));
    expect(lines.slice(first)).toEqual([
      "    gates, asked before the first host, while hosts run, and for 5m after the last one:",
      "      latency: rate(␛[2J ⏎ x) is at least 0 and at most 0.3",
      "        every 30s, fails after 2 fails with no pass between them, timeout 10s, pool web",
      "        of http://prom:9090",
      "        with the secret prom as bearer token",
      "      health: http://shop/ answers 204",
      "        every 30s, fails at once, timeout 10s",
      "      orders: check ok ⏎ now at mon1",
      "        every 30s, fails after 2 fails with no pass between them, timeout 10s, user nagios, runs as root, ok with exit code 0 or 2",
      '        env A="1"',
      "        env T from the secret tok",
      "      one that fails holds the job until somebody says go on; one that cannot tell is asked again, and then holds it",
    ]);
  });

  it("are shown to be asked after each step where there are steps, and to end a job that does not hold", () => {
    const lines = linesOf({ gates: [health], stepped: true });
    expect(lines).toContain(
      "    gates, asked before the first host, while hosts run, and after the last one of each step:",
    );
    expect(lines.at(-1)).toMatch(/^ {6}one that fails ends the job as failed; /);
    expect(linesOf({}).join("\n")).not.toContain("gate");
  });

  it("are there for programs as well", () => {
    expect(jsonOf({ gates: [latency, health, orders], bakeMs: 1000, onGateFail: "hold" })).toMatchObject({
      slots: [
        {
          jobs: [
            {
              ...{ bakeMs: 1000, onGateFail: "hold" },
              gates: [latency, health, { name: "orders", ...asked, check: "ok\nnow", at: "mon1" }],
            },
          ],
        },
      ],
    });
    expect(jsonOf({ gates: [health] })).toMatchObject({
      slots: [{ jobs: [{ bakeMs: 0, onGateFail: "stop" }] }],
    });
    expect(jsonOf({})).not.toHaveProperty("slots.0.jobs.0.gates");
  });
});

describe("what undoes a job, in a plan", () => {
  it("is shown with what it does, when, where, in which order and how many at once", () => {
    const lines = linesOf({}, undo);
    expect(lines.slice(lines.findIndex((line) => line.includes("up.undo")))).toEqual([
      "  up.undo, if up fails: on those of its hosts that had started, latest first",
      "    back",
      "    4 at once, as up",
      "    not on hosts of which nobody knows how they ended",
      "    no timeout, no retries",
    ]);
    expect(lines[0]).toBe("flow flow: 1 slot, 1 job, 4 tasks");
  });

  it("is shown with its stages, and with the most places that its job has in a step", () => {
    const stages = [plans.stage("drain"), plans.stage("back")] as const;
    const { work: _, ...way } = { ...undo, stages };
    const parallelism = [plans.count(1), plans.share(50)] as const;
    const lines = linesOf({ parallelism, stepped: true }, { ...way, parallelism, undoUnknown: true });
    const text = lines.slice(lines.findIndex((line) => line.includes("up.undo"))).join("\n");
    expect(text).toMatch(/1\. drain: .*\n.*\n {4}2\. back: /);
    expect(text).toContain("    at most 2 at once: as many as in the largest step that up came to\n");
    expect(text).toContain("    also on hosts of which nobody knows how they ended");
  });

  it("counts neither as a job nor for the most hosts that are down", () => {
    expect(planSize(planWith({}, undo))).toBe(planSize(planWith({})));
    expect(linesOf({}, undo).join("\n")).not.toContain("all jobs");
    const two = linesOf({}, undo, { name: "b" }, { ...undo, name: "b.undo", undoes: "b" });
    expect(two.at(-1)).toBe("  most hosts down at once, all jobs: 8 of 8");
  });

  it("is there for programs as well", () => {
    const { command: _, ...others } = plans.WORK;
    const script = { ...others, script: { name: "b.sh", text: "" }, timeoutMs: 5 };
    expect(jsonOf({}, undo)).toMatchObject({
      slots: [
        {
          jobs: [
            { name: "up" },
            { name: "up.undo", undoes: "up", undoUnknown: false, command: "back", window: 4 },
          ],
        },
      ],
    });
    expect(jsonOf({}, { ...undo, undoUnknown: true, work: script })).toMatchObject({
      slots: [{ jobs: [{}, { undoUnknown: true, script: "b.sh", timeoutMs: 5, retries: 0 }] }],
    });
  });
});
