import { describe, expect, test } from "vitest";
import { jobOf, load, oneJob, planOf, problemsOf, shortly } from "../reading.ts";

const warnings = (text: string): readonly string[] =>
  planOf(text)
    .notes.filter(({ kind }) => kind === "oldName")
    .map(({ message }) => message);

describe("failedHostsHoldSlots, the old name of failedHostsHoldPlaces", () => {
  const NOW = "failedHostsHoldSlots is now called failedHostsHoldPlaces; write the new name";

  test("is taken in a job, with a warning that names the line", () => {
    const text =
      '{ "slots": [{ "jobs": [{\n "hosts": "a", "command": "true",\n "failedHostsHoldSlots": true }] }] }';
    expect(jobOf(planOf(text)).failedHostsHoldPlaces).toBe(true);
    expect(warnings(text)).toEqual([`flow.json:3: ${NOW}`]);
    expect(load(text).notes).toEqual([{ kind: "oldName", warning: true, message: `flow.json:3: ${NOW}` }]);
  });

  test("is taken in defaults, in finally and in YAML, with one warning for all", () => {
    const text = [
      "defaults: { failedHostsHoldSlots: true }",
      "slots: [{ jobs: [{ hosts: a, command: 'true' }] }]",
      "finally: [{ jobs: [{ hosts: a, command: 'true', failedHostsHoldSlots: false }] }]",
    ].join("\n");
    expect([0, 1].map((index) => jobOf(planOf(text), index).failedHostsHoldPlaces)).toEqual([true, false]);
    expect(warnings(text)).toEqual([`flow.json:1, and 1 more there: ${NOW}`]);
  });

  test("makes the plan that the new name makes, without a warning there", () => {
    const old = planOf(oneJob({ failedHostsHoldSlots: true }));
    const now = planOf(oneJob({ failedHostsHoldPlaces: true }));
    expect(old.plan).toEqual(now.plan);
    expect(now.notes).toEqual([]);
  });

  test("beside the new name is an unknown key", () => {
    const both = oneJob({ failedHostsHoldSlots: true, failedHostsHoldPlaces: true });
    expect(shortly(problemsOf(both))).toEqual([
      expect.stringContaining('unknown key "failedHostsHoldSlots"'),
    ]);
  });

  test("of a wrong value is a problem where the value stands", () => {
    const text = oneJob({ failedHostsHoldSlots: "yes" });
    expect(problemsOf(text)).toMatchObject([{ column: text.indexOf('"yes"') + 1 }]);
  });

  test("elsewhere is no field", () => {
    const text = JSON.stringify({ failedHostsHoldSlots: true, ...JSON.parse(oneJob({})) });
    expect(shortly(problemsOf(text))).toEqual([expect.stringContaining("unknown key")]);
  });
});
