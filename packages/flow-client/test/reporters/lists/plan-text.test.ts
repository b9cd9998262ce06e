import { describe, expect, it } from "vitest";
import { planSummary } from "@roadrunner/core";
import { planText } from "../../../src/reporters/lists/plan-text.ts";
import * as plans from "../../../../../test/support/plans.ts";

describe("a stage at another host", () => {
  const at = (atOnce: number, ...names: readonly string[]) => ({
    ...{ hosts: names.map((name) => ({ name })), atOnce },
  });
  const own = { hosts: 2, stages: [plans.stage("drain", { at: at(3, "lb1") }), plans.stage("go")] } as const;
  const linesOf = (...jobs: readonly Parameters<typeof plans.job>[0][]) => {
    const plan = plans.plan([plans.slot(...jobs.map((fields) => plans.job(fields)))]);
    return planText(plan, planSummary(plan)).map((line) => line.trim());
  };
  const atOnce = (lines: readonly string[]) =>
    lines.filter((line) => line.includes("at once at") || line.includes("there at once"));

  it("is shown with how many may be there, which is the smallest number of the slot's stages there", () => {
    expect(atOnce(linesOf(own))).toEqual(["no timeout, no retries, 3 of the run there at once"]);
    const other = { name: "b", hosts: 1, stages: [plans.stage("a", { at: at(1, "lb1") })] } as const;
    expect(atOnce(linesOf(own, other))).toEqual([
      "no timeout, no retries, 1 of the run there at once",
      "no timeout, no retries, 1 of the run there at once",
    ]);
  });

  const hosts = ["lb1", "lb2"].map((lb, index) => ({ name: `h${index}`, labels: { lb } }));
  const byLabel = plans.stage("drain", { at: { ...at(3, "lb1", "lb2"), label: "lb" } });

  it("is shown with several numbers where its hosts differ", () => {
    const first = plans.stage("first", { at: at(1, "lb1") });
    expect(atOnce(linesOf({ hosts, stages: [first, byLabel] })).at(-1)).toBe(
      "no timeout, no retries, 1 of the run at once at lb1, 3 of the run at once at lb2",
    );
  });

  it("is shown with whose it is, also behind the question whether it is needed", () => {
    const asking = plans.stage("unless", { asks: true, work: { ...plans.WORK, unless: "test -e /x" } });
    const lines = linesOf({ hosts, stages: [asking, byLabel, plans.stage("go")] });
    expect(lines).toEqual(expect.arrayContaining(["at lb1 for h0", "at lb2 for h1"]));
    expect(lines.find((line) => line.includes("drain at its lb"))).toMatch(/^1\. /);
  });
});
