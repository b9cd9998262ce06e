import { describe, expect, test } from "vitest";
import { loadFlow } from "../../src/flow/load-flow.ts";
import { problemsOfFlow } from "../../src/flow/resolve-plan.ts";
import type { PlanInput } from "../../src/flow/resolve-plan.ts";
import { shortly, type Written } from "./reading.ts";

/** A line for each job, so that problems are told by their lines. */
function told(jobs: readonly Written[], flow: Written = {}, around: Partial<PlanInput> = {}) {
  const lines = jobs.map((job) => JSON.stringify({ hosts: "db[1-10]", command: "true", ...job }));
  const rest = Object.entries(flow).map(
    ([key, value]) => `, ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  const text = `{"slots": [{"jobs": [\n${lines.join(",\n")}\n]}]\n${rest.join("\n")}}`;
  const loaded = loadFlow(text, { file: "flow.json" });
  if (loaded.ok) throw new Error("the flow has no problems");
  return shortly(problemsOfFlow(loaded, { random: () => 0.5, ...around })).map((line) =>
    line.replace(/^(\d+):\d+ slots\[0\]\.jobs\[\d+\]\./, "$1 "),
  );
}

describe("a flow that could not be loaded is told all at once", () => {
  test("with what only its plan shows, in its other jobs and in the same", () => {
    const jobs = [
      { timeout: "abc", hosts: "@nosuch" },
      { success: 12 },
      { hosts: "a!a" },
      { script: "none.sh", command: undefined },
    ];
    const scripts = new Map([["none.sh", { unread: "none.sh: there is no such file" }]]);
    expect(told(jobs, {}, { scripts })).toEqual([
      "2 hosts: there is no group @nosuch",
      '2 timeout: must be a duration such as "90s", "5m" or "1h30m" (units d, h, m, s, ms), not "abc"',
      '3 success: job "job-1-2" has 10 hosts, of which 12 cannot succeed',
      "4 hosts: no host is left of this expression",
      "5 script: none.sh: there is no such file",
    ]);
  });

  test("an option's too", () => {
    expect(told([{ retries: -1 }], {}, { limit: "@nosuch" })).toEqual([
      "2 retries: must be a whole number of further attempts, 0 to 100, not -1",
      "1:1 : there is no group @nosuch",
    ]);
  });

  test("each once", () => {
    expect(told([{ hosts: "db[3-1]" }, { hosts: "@g" }], { groups: { g: "x[" } })).toHaveLength(2);
  });
});

describe("what only follows from a problem is not told", () => {
  test.each<[Written, Written?]>([
    [{ hosts: undefined, host: "h1" }],
    [{ hosts: "" }],
    [{ hosts: ["db1", 5] }],
    [{ success: "12" }, { defaults: { success: 12 } }],
    [{ sucess: 5 }, { defaults: { success: 12 } }],
    [{ hosts: "a!a", allowEmpty: "yes" }],
    [{ hosts: "a!a", alowEmpty: true }],
    [{ command: undefined }],
    [{ hosts: "a!a" }, { defaults: { allowEmpty: "yes" } }],
    [{ hosts: "a!a" }, { defaults: [] }],
    [{ hosts: "@g" }, { groups: { g: 5 } }],
    [{ hosts: "@g" }, { groups: [] }],
    [{ hosts: "@g" }, { group: { g: "a" } }],
    [{ hosts: "@g" }, { slot: 5, groups: { g: "a" } }],
  ])("of %j in %j", (job, flow) => {
    expect(told([job], flow)).toHaveLength(1);
  });

  test("of a job that other jobs ask about", () => {
    expect(
      told([
        { name: "a", hosts: "x[" },
        { name: "b", onlyIfOk: "a" },
      ]),
    ).toHaveLength(2);
  });
});
