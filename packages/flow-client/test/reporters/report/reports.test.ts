import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { htmlReport } from "../../../src/reporters/report/html-report.ts";
import { junitXml } from "../../../src/reporters/report/junit.ts";
import { reportJson } from "../../../src/reporters/report/report-json.ts";
import { reportText } from "../../../src/reporters/report/report-text.ts";
import { RunStory } from "@roadrunner/engine/story";
import { hostNames, madeRun, MADE_RUN, START_MS, type MadeEnd } from "../made-run.ts";

const end = (host: string): MadeEnd => {
  if (host === "db2")
    return { outcome: "failed", reason: "exit code 1", exitCode: 1, stderr: "E: <no> \u001b[1mpkg\n" };
  if (host === "db3") return { outcome: "unreachable", reason: 'no "route" & more' };
  return { stdout: "done\n" };
};
const jobs = [
  [{ name: "pkg1", hosts: hostNames("db", 4), need: 2, end }],
  [{ name: "never", hosts: ["fe1"] }],
];
const whole = madeRun(jobs);
/** The run as a crash leaves it: fe1 has started. */
const torn = [
  ...whole.slice(
    0,
    whole.findIndex((event) => event.type === "task.ended" && event.job === "never"),
  ),
];

describe("RunStory and its JSON", () => {
  it("tells who handed it over", () => {
    const whose = { principal: "bob@example.com" };
    expect(reportJson(RunStory.of(whole), whose)).toMatchObject(whose);
    expect(reportText(whole, whose)[2]).toBe("handed over by bob@example.com");
    expect(htmlReport(RunStory.of(whole), { script: "", css: "" }, whose)).toContain(
      `"principal":"bob@example.com"`,
    );
  });

  it("tells slots, jobs, tasks and gathered output", () => {
    const json = JSON.parse(JSON.stringify(reportJson(RunStory.of(whole)))) as Record<string, unknown>;
    expect(json).toMatchObject({
      run: MADE_RUN,
      name: "deploy",
      verdict: "succeeded",
      durationMs: 2000,
      slots: [
        {
          slot: 1,
          verdict: "succeeded",
          jobs: [
            {
              name: "pkg1",
              command: "systemctl restart apache2",
              need: 2,
              counts: { ok: 2, failed: 1, unreachable: 1 },
              tasks: [
                { host: "db1", outcome: "ok", attempt: 1, exitCode: 0, worker: "w1", durationMs: 900 },
                { host: "db2", outcome: "failed", reason: "exit code 1", blame: "host" },
                { host: "db3", outcome: "unreachable" },
                { host: "db4", outcome: "ok" },
              ],
              outputs: [
                { outcome: "failed", hosts: ["db2"], stderr: "E: <no> \u001b[1mpkg\n" },
                { outcome: "unreachable", hosts: ["db3"] },
                { outcome: "ok", hosts: ["db1", "db4"], stdout: "done\n", omitted: { stdout: 0, stderr: 0 } },
              ],
            },
          ],
        },
        { slot: 2 },
      ],
    });
  });

  it("says what has no end in a run that was cut off", () => {
    expect(reportJson(RunStory.of(torn))).toMatchObject({
      verdict: "interrupted",
      slots: [
        {},
        { verdict: "notEnded", jobs: [{ verdict: "notEnded", tasks: [{ host: "fe1", outcome: "open" }] }] },
      ],
    });
    expect(reportText(torn).at(-1)).toBe(`run ${MADE_RUN} (deploy) not ended after 1.0 s`);
  });

  it("takes the last word on a host that a resume ran again", () => {
    const head = { time: "2026-11-24T10:00:00.000Z", run: MADE_RUN };
    const task = { slot: 1, job: "pkg1", host: "db2", attempt: 2 };
    const record = RunStory.of([
      ...whole.slice(0, -1),
      { ...head, type: "run.resumed", version: "0.1.0", who: "ops", where: "box" },
      { ...head, type: "task.started", ...task, worker: "w2" },
      { ...head, type: "task.ended", ...task, outcome: "ok", final: true, exitCode: 0, stdout: "done\n" },
    ]);
    expect(record.jobs[0]?.tasks.get("db2")).toMatchObject({ outcome: "ok", attempt: 2, worker: "w2" });
    expect(record.jobs[0]?.groups.sorted().map(({ outcome }) => outcome)).toEqual(["unreachable", "ok"]);
    expect(record.verdict).toBeUndefined();
  });
});

describe("hosts without events of their own", () => {
  it("are left out where onlyIfOk left them out", () => {
    const record = RunStory.of(whole.filter((event) => !("host" in event && event.host === "db4")));
    expect([...(record.jobs[0]?.tasks.keys() ?? [])]).toEqual(["db1", "db2", "db3"]);
  });

  it("never started, where the run ended before their slot, until a resume opens them again", () => {
    const failed = madeRun([[{ name: "pkg1", hosts: ["db2"], end }], [{ name: "never", hosts: ["fe1"] }]]);
    const fe1 = (events: readonly RunEvent[]) => RunStory.of(events).jobs[1]?.tasks.get("fe1");
    expect(fe1(failed)).toMatchObject({ outcome: "skipped", reason: "its slot never started" });
    expect([...junitXml(RunStory.of(failed))].join("")).toContain(
      "<skipped>its slot never started</skipped>",
    );
    const head = { time: "2026-11-24T10:00:00.000Z", run: MADE_RUN };
    const resumed = { ...head, type: "run.resumed", version: "0.1.0", who: "ops", where: "box" } as const;
    expect(fe1([...failed, resumed])).toEqual({ host: "fe1", attempt: 0 });
  });
});

describe("reportText", () => {
  it("says who, where and when, then slot by slot", () => {
    const lines = reportText([
      ...whole.slice(0, 1),
      { time: new Date(START_MS).toISOString(), run: MADE_RUN, type: "warning", text: "a\u001bb" },
      ...whole.slice(1),
    ]);
    expect(lines.slice(0, 3)).toEqual([
      `run ${MADE_RUN} of flow deploy (deploy.json)`,
      "started 2026-11-24T09:16:12.000Z by ops on box, Roadrunner 0.1.0",
      "warning: a␛b",
    ]);
    expect(lines).toContain("    db2 failed: exit code 1");
    expect(lines).toContain("      | E: <no> ␛[1mpkg");
    expect(lines.at(-1)).toBe(`run ${MADE_RUN} (deploy) succeeded in 2.0 s`);
  });
});

describe("parameters", () => {
  const given = whole.map((event) =>
    event.type === "run.started"
      ? { ...event, plan: { ...event.plan, params: { version: "1.2\n3", n: 4 }, secretParams: ["token"] } }
      : event,
  );

  it("are told, and which of them are secrets", () => {
    expect(reportText(given)[2]).toBe(`with version="1.2 3", n=4, token (a secret)`);
    expect(reportJson(RunStory.of(given))).toMatchObject({
      params: { version: "1.2\n3", n: 4 },
      secretParams: ["token"],
    });
  });
});

describe("junitXml", () => {
  it("has a suite a job and a case a host", () => {
    const xml = [...junitXml(RunStory.of(whole))].join("");
    expect(xml).toContain(
      `<testsuites name="deploy ${MADE_RUN}" time="2.000" tests="5" failures="1" errors="1">`,
    );
    expect(xml).toContain('<testcase name="db2" classname="deploy.pkg1" time="0.900" status="failed">');
    expect(xml).toContain('<failure type="failed" message="exit code 1"/>');
    expect(xml).toContain('<error type="unreachable" message="no &quot;route&quot; &amp; more"/>');
    expect(xml).toContain("<system-err>E: &lt;no&gt; ␛[1mpkg\n</system-err>");
    expect([...junitXml(RunStory.of(torn))].join("")).toContain(
      '<error type="open" message="it has no end: the run did not end"/>',
    );
  });
});
