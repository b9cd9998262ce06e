import { describe, expect, it } from "vitest";
import { planSummary } from "../../../src/rollout/plan/plan-summary.ts";
import { count, share } from "../../../../../test/support/plans.ts";
import { jobOf, oneJob, planOf, planProblems, problemsOf, shortly } from "../reading.ts";

const inventory = {
  groups: { web: "db[1-6]" },
  hosts: {
    "db[1-4]": { labels: { rack: "r1", zone: "eu", other: "x" } },
    "db[5-8]": { labels: { rack: "r2", zone: "eu" } },
    db9: { labels: { rack: "r3" }, port: 2222 },
  },
};

describe("spread of a job", () => {
  it("is an amount for each label, and its hosts have these labels and no others", () => {
    const job = jobOf(planOf(oneJob({ hosts: "db[4-5]", spread: { rack: 1, zone: "25%" } }), { inventory }));
    expect(job.spread).toEqual([
      { label: "rack", most: count(1) },
      { label: "zone", most: share(25) },
    ]);
    expect(job.hosts).toEqual([
      { name: "db4", labels: { rack: "r1", zone: "eu" } },
      { name: "db5", labels: { rack: "r2", zone: "eu" } },
    ]);
  });

  it("may stand in defaults, from which a job takes it whole or has its own", () => {
    const flow = { defaults: { spread: { zone: 1 } } };
    const labelsOf = (job: object) =>
      (jobOf(planOf(oneJob({ hosts: "@web", ...job }, flow), { inventory })).spread ?? []).map(
        ({ label }) => label,
      );
    expect(labelsOf({})).toEqual(["zone"]);
    expect(labelsOf({ spread: { rack: 1 } })).toEqual(["rack"]);
    expect(labelsOf({ spread: {} })).toEqual([]);
  });

  it("takes a parameter as an amount", () => {
    const params = { at_once: { type: "integer", default: 2 } };
    const text = oneJob({ hosts: "@web", spread: { rack: { param: "at_once" } } }, { params });
    expect(jobOf(planOf(text, { inventory })).spread).toEqual([{ label: "rack", most: count(2) }]);
  });

  it("tells which hosts have no such label, at the label", () => {
    expect(planProblems(oneJob({ spread: { rack: 1, zone: 1 } }), { inventory })).toEqual([
      '1:67 slots[0].jobs[0].spread.rack: 1 of the 10 hosts of job "job-1-1" have no label "rack": db10',
      '1:76 slots[0].jobs[0].spread.zone: 2 of the 10 hosts of job "job-1-1" have no label "zone": db[9-10]',
    ]);
    expect(planProblems(oneJob({ spread: { rack: 1 } }), { inventory, limit: "db[1-9]" })).toEqual([]);
    expect(planProblems(oneJob({ spread: { rack: 1 } }))).toEqual([
      '1:67 slots[0].jobs[0].spread.rack: 10 of the 10 hosts of job "job-1-1" have no label "rack": db[1-10]',
    ]);
  });

  it("takes what every object has for no label", () => {
    expect(planProblems(oneJob({ hosts: "@web", spread: { constructor: 1 } }), { inventory })).toEqual([
      expect.stringContaining('6 of the 6 hosts of job "job-1-1" have no label "constructor"'),
    ]);
  });

  it.each([
    [{ rack: 0 }, "rack: cannot be 0: no host would ever start; at least 1 host at once is needed"],
    [{ rack: "0%" }, 'rack: "0%" would never start a host; at least 1 host at once is needed'],
    [
      { rack: "one" },
      'rack: must be a share such as "80%" or "33.33%", or a whole number of hosts, not "one"',
    ],
    [
      { rack: [1] },
      'rack: must be a share such as "80%" or "33.33%", or a whole number of hosts, not a list',
    ],
    ["rack", 'must be labels and hosts at once, such as { rack: 1, zone: "25%" }, not "rack"'],
    [{ "a b": 1 }, '"a b" is no name of a label'],
  ])("%j is told", (spread, message) => {
    expect(shortly(problemsOf(oneJob({ spread }))).join("\n")).toContain(message);
  });
});

describe("the summary of a plan with spread", () => {
  const summaryOf = (job: object) => {
    const { plan } = planOf(oneJob({ hosts: "db[1-8]", ...job }), { inventory });
    const [summary] = planSummary(plan).slots[0]?.jobs ?? [];
    return { ...summary?.mostDown, spread: summary?.spread };
  };

  it("has the most hosts down for each value", () => {
    expect(summaryOf({ spread: { rack: 1, zone: "50%" }, success: "75%" })).toEqual({
      ...{ running: 2, failed: 2, total: 4, text: "2 running + 2 failed = 4 of 8" },
      spread: [
        {
          ...{ label: "rack", most: "1" },
          values: [
            { value: "r1", hosts: 4, places: 1, mostDown: 3 },
            { value: "r2", hosts: 4, places: 1, mostDown: 3 },
          ],
        },
        { label: "zone", most: "50%", values: [{ value: "eu", hosts: 8, places: 4, mostDown: 4 }] },
      ],
    });
  });

  it("is bounded by its places where failed hosts hold them", () => {
    const { total, spread } = summaryOf({
      ...{ spread: { rack: 1 }, success: "50%", failedHostsHoldPlaces: true },
    });
    expect(total).toBe(2);
    expect(spread?.[0]?.values.map(({ mostDown }) => mostDown)).toEqual([1, 1]);
  });
});
