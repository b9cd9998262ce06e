import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import { summaryLines } from "../../../src/reporters/lines/summary.ts";
import { junitXml } from "../../../src/reporters/report/junit.ts";
import { pageData } from "../../../src/reporters/report/page-data.ts";
import { reportJson } from "../../../src/reporters/report/report-json.ts";
import { reportText } from "../../../src/reporters/report/report-text.ts";
import * as made from "../made-gates.ts";
import { MADE_RUN } from "../made-run.ts";

const left = { ...made.at(140), type: "run.interrupted" as const, reason: "nobody is here to ask" };
const summary = (events: readonly RunEvent[]) => summaryLines(RunStory.of(events));
const jobsIn = (events: readonly RunEvent[]) => {
  const json = JSON.stringify(reportJson(RunStory.of(events)));
  return (JSON.parse(json) as { slots: { jobs: Record<string, unknown>[] }[] }).slots.flatMap(
    ({ jobs }) => jobs,
  );
};
const junit = (events: readonly RunEvent[]) => [...junitXml(RunStory.of(events))].join("");
const page = (events: readonly RunEvent[]) => pageData(RunStory.of(events)) as Record<string, unknown>;

describe("the summary of a run with gates", () => {
  it("tells what each said last, how long was waited, and what was undone", () => {
    expect(summary(made.undone)).toEqual([
      "slot 1 failed",
      `  upgrade failed: 2 of 6 ok, needed 6, 4 skipped: ${made.BROKEN}`,
      "    gate latency: 3 pass, 2 fail, 1 inconclusive; last fail: 330, more than 300",
      "    gate page: 4 pass; last pass: status 200",
      "    waited 10.0 s before its first host, 1 min 00 s in 1 bake",
      "    undone: 1 host; undo failed on fe1",
      "  undo of upgrade failed: undone on 1 of 2 hosts; 1 failed",
      "    fe1 failed: exit code 3",
      "      | held back",
      "slot 2 not started",
      "  notes: never started, 2 hosts",
      `run ${MADE_RUN} (flow) failed in 1 min 30 s: ${made.BROKEN}`,
    ]);
  });

  it("tells of a run that is left why it holds, and how to go on", () => {
    expect(summary([...made.held, left]).slice(4, -3)).toEqual([
      "    waited 10.0 s before its first host, 1 min 00 s in 1 bake",
      `    holds for 1 min 00 s: ${made.BROKEN}; go on: rr-submit resume ${MADE_RUN} --confirm`,
      "      gate latency 2026-11-24 09:16:32 inconclusive: no data (worker w1)",
      "      gate latency 2026-11-24 09:17:02 fail: 312, more than 300 (worker w1)",
      "      gate latency 2026-11-24 09:17:32 fail: 330, more than 300 (worker w1)",
    ]);
    expect(summary(made.held).join("\n")).toContain(`go on: rr-submit confirm ${MADE_RUN}`);
  });

  it("shows no undo that never began", () => {
    const begun = made.undoBegins.slice(0, -1);
    const all = [summary(begun), jobsIn(begun), junit(begun), page(begun), reportText(begun)];
    expect(JSON.stringify(all)).not.toMatch(/upgrade\.undo|undo of|undone:/);
    expect(jobsIn(begun)).toHaveLength(2);
  });

  it("tells of an undo that was left what ran, and who is not undone", () => {
    const cut = [
      ...made.undone.filter(({ time }) => time < made.at(90).time),
      {
        ...made.at(89),
        type: "task.ended" as const,
        slot: 1,
        job: "upgrade.undo",
        host: "fe2",
        attempt: 1,
        outcome: "skipped" as const,
        final: true,
      },
      left,
    ];
    expect(summary(cut).slice(5, 7)).toEqual([
      "    undone: 0 hosts; not undone: fe2",
      "  undo of upgrade not ended: 0 of 2 hosts undone, 1 skipped; started and not ended: fe1",
    ]);
  });
});

describe("the report of a run with gates", () => {
  it("tells as text what each gate asks, its last answers, and each wait with what led to it", () => {
    const day = "2026-11-24 09";
    expect(reportText(made.wellInTheEnd).slice(4, -3)).toEqual([
      "  upgrade succeeded: 6 of 6 ok, needed 6",
      "    gate latency: p99_ms at http://prom:9090, at most 300",
      "      5 pass, 2 fail, 1 inconclusive, at last:",
      `      ${day}:16:32 inconclusive: no data (worker w1)`,
      `      ${day}:17:02 fail: 312, more than 300 (worker w1)`,
      `      ${day}:17:32 fail: 330, more than 300 (worker w1)`,
      `      ${day}:21:47 pass: 212, at most 300 (worker w1)`,
      `      ${day}:26:57 pass: 212, at most 300 (worker w1)`,
      "    gate page: http://shop/health, status 200",
      "      6 pass, at last:",
      ...["16:17", "16:22", "16:32", "21:47", "26:57"].map(
        (time) => `      ${day}:${time} pass: status 200 (worker w1)`,
      ),
      "    waited 10.0 s before its first host, 11 min 00 s in 3 bakes, 4 min 05 s in 1 hold",
      `    gates before the first host ${day}:16:12 to ${day}:16:22 (10.0 s)`,
      `    bake after step 1 ${day}:16:32 to ${day}:17:32 (1 min 00 s)`,
      `    hold ${day}:17:32 to ${day}:21:37 (4 min 05 s): ${made.BROKEN}; confirmed`,
      `      gate latency ${day}:16:32 inconclusive: no data (worker w1)`,
      `      gate latency ${day}:17:02 fail: 312, more than 300 (worker w1)`,
      `      gate latency ${day}:17:32 fail: 330, more than 300 (worker w1)`,
      `    bake after step 2 ${day}:21:47 to ${day}:26:47 (5 min 00 s)`,
      `    bake after step 3 ${day}:26:57 to ${day}:31:57 (5 min 00 s)`,
    ]);
  });

  it("names the hosts that were undone", () => {
    expect(reportText(made.undone)).toContain("    undone: 1 host (fe2); undo failed on fe1");
  });

  it("tells as JSON gates, waits, and of each host what undid it", () => {
    const [upgrade, undo] = jobsIn(made.undone);
    const fails = [
      { time: "2026-11-24T09:17:02.000Z", answer: "fail", text: "312, more than 300", worker: "w1" },
      { time: "2026-11-24T09:17:32.000Z", answer: "fail", text: "330, more than 300", worker: "w1" },
    ];
    expect(upgrade).toMatchObject({
      gates: [
        {
          ...{ name: "latency", pool: "metrics", asks: "p99_ms at http://prom:9090, at most 300" },
          ...{ everyMs: 30_000, failures: 2, counts: { pass: 3, fail: 2, inconclusive: 1 } },
          ...{ since: "2026-11-24T09:17:02.000Z" },
          failed: [{ answer: "inconclusive" }, ...fails],
        },
        {
          name: "page",
          asks: "http://shop/health, status 200",
          last: Array.from({ length: 4 }, () => ({ answer: "pass" })),
        },
      ],
      waits: {
        past: [
          { for: "before", durationMs: 10_000 },
          {
            for: "bake",
            step: 1,
            since: "2026-11-24T09:16:32.000Z",
            until: "2026-11-24T09:21:32.000Z",
            durationMs: 60_000,
          },
        ],
        sums: { before: { times: 1, ms: 10_000 }, bake: { times: 1, ms: 60_000 }, hold: { times: 0, ms: 0 } },
      },
      undone: { hosts: ["fe2"], failed: ["fe1"], left: [] },
      tasks: [
        { host: "fe1", outcome: "ok", undo: "failed" },
        { host: "fe2", outcome: "ok", undo: "ok" },
        { host: "fe3" },
        {},
        {},
        {},
      ],
    });
    expect(undo).toMatchObject({ name: "upgrade.undo", undoes: "upgrade", hosts: 2 });
    const [holds] = jobsIn([...made.held, left]);
    expect(holds).toMatchObject({
      waits: {
        now: { for: "hold", reason: made.BROKEN, evidence: [{ gate: "latency", answers: [{}, ...fails] }] },
      },
    });
    const [confirmed] = jobsIn(made.wellInTheEnd);
    expect(confirmed).toMatchObject({ waits: { past: [{}, {}, { for: "hold", confirmed: true }, {}, {}] } });
  });

  it("tells as JUnit a gate that failed as a failure of its job, with its answers", () => {
    const xml = junit(made.undone);
    expect(xml).toContain(`<testsuite name="slot 1: upgrade" tests="8" failures="1" errors="0" skipped="4"`);
    expect(xml).toContain(
      [
        '<testcase name="gate latency" classname="flow.upgrade" time="0.000" status="failure">',
        '<failure type="failure" message="fail: 330, more than 300">',
        "2026-11-24 09:16:32 inconclusive: no data (worker w1)",
        "2026-11-24 09:17:02 fail: 312, more than 300 (worker w1)",
        "2026-11-24 09:17:32 fail: 330, more than 300 (worker w1)</failure>",
        "</testcase>",
        '<testcase name="gate page" classname="flow.upgrade" time="0.000" status="ok">',
      ].join("\n"),
    );
    expect(xml).toContain(
      '<testcase name="fe2" classname="flow.upgrade" time="10.000" status="ok, then undone">',
    );
    expect(xml).toContain('<property name="undoes" value="upgrade"/>');
    expect(junit(made.wellInTheEnd)).not.toContain("<failure");
    expect(junit(made.held)).toContain('<failure type="failure" message="fail: 330, more than 300">');
    const unsure = made.answered(90, "page", "inconclusive", "no <data>");
    const held = { ...made.at(91), type: "job.held" as const, slot: 1, job: "upgrade", reason: "r" };
    expect(junit([...made.toFirstBake, ...unsure, held])).toContain(
      '<error type="error" message="inconclusive: no &lt;data&gt;">',
    );
    expect(junit(made.begun.slice(0, 1))).toContain("<skipped>its job never started</skipped>");
  });

  it("tells on the page the gates, the waits, and who was undone", () => {
    const { jobs, tasks, undone } = page(made.undone);
    expect(jobs).toMatchObject([
      {
        name: "upgrade",
        gates: [
          { name: "latency", counts: "3 pass, 2 fail, 1 inconclusive", failed: true },
          { name: "page", asks: "http://shop/health, status 200", failed: false },
        ],
        waits: [
          "waited 10.0 s before its first host, 1 min 00 s in 1 bake",
          "gates before the first host 2026-11-24 09:16:12 to 2026-11-24 09:16:22 (10.0 s)",
          "bake after step 1 2026-11-24 09:16:32 to 2026-11-24 09:17:32 (1 min 00 s)",
        ],
        undone: "undone: 1 host (fe2); undo failed on fe1",
      },
      { name: "undo of upgrade", isUndo: true },
      { name: "notes" },
    ]);
    expect(undone).toEqual(["", ", undo failed", ", then undone"]);
    expect(tasks).toMatchObject({ undo: [1, 2, 0, 0, 0, 0, 0, 0, 0, 0] });
  });
});
