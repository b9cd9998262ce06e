import { describe, expect, it } from "vitest";
import { RunStory } from "@roadrunner/engine/story";
import { junitXml } from "../../../src/reporters/report/junit.ts";
import { pageData } from "../../../src/reporters/report/page-data.ts";
import { reportJson } from "../../../src/reporters/report/report-json.ts";
import { reportText } from "../../../src/reporters/report/report-text.ts";
import { MADE_RUN } from "../made-run.ts";
import { upgrade } from "../made-ways.ts";

describe("reports of hosts that go a way", () => {
  it("tell as text how long each stage took, and which one failed on whom", () => {
    expect(reportText(upgrade).slice(4)).toEqual([
      "  upgrade succeeded: 3 of 5 ok, needed 3, 2 failed",
      "    stage    ok  median  slowest     not ok",
      "    drain     5  0.3 s   0.3 s fe1",
      "    install   4  0.3 s   0.3 s fe1   failed fe3",
      "    healthy   3  12.0 s  48.0 s fe5  failed fe4",
      "    fe3 failed: install: exit code 7",
      "      | no disk",
      "    fe4 failed: healthy: not healthy within 5m: exit code 22",
      "      | 503",
      `the output of each stage: rr-submit report ${MADE_RUN} --stages`,
      `run ${MADE_RUN} (flow) succeeded in 48.6 s`,
    ]);
  });

  it("tell the output of each stage where it is asked for", () => {
    const lines = reportText(upgrade, { stages: true });
    const from = lines.findIndex((line) => line.startsWith("    stage drain"));
    expect(lines.slice(from, -1)).toEqual([
      "    stage drain: no output",
      "    stage install",
      "      fe3 failed: exit code 7",
      "        | no disk",
      "      fe[1-2,4-5] (4) ok",
      "        | shop 1.2",
      "    stage healthy",
      "      fe4 failed: not healthy within 5m: exit code 22",
      "        | 503",
    ]);
  });

  it("have it as JSON", () => {
    const { slots } = JSON.parse(JSON.stringify(reportJson(RunStory.of(upgrade)))) as {
      slots: { jobs: { stages: object[]; tasks: object[] }[] }[];
    };
    expect(slots[0]?.jobs[0]?.stages).toMatchObject([
      { stage: "drain", ok: 5, medianMs: 300, slowest: { host: "fe1", ms: 300 }, notOk: [] },
      {
        ...{ stage: "install", ok: 4, notOk: [{ outcome: "failed", hosts: ["fe3"] }] },
        outputs: [{ stderr: "no disk\n" }, { stdout: "shop 1.2\n", hosts: ["fe1", "fe2", "fe4", "fe5"] }],
      },
      { stage: "healthy", ok: 3, medianMs: 12_000, slowest: { host: "fe5", ms: 48_000 } },
    ]);
    expect(slots[0]?.jobs[0]?.tasks[2]).toMatchObject({ host: "fe3", decidedBy: "install" });
  });

  it("name the stage in the case of a host, and tell its way there", () => {
    const xml = [...junitXml(RunStory.of(upgrade))].join("");
    expect(xml).toContain(
      '<failure type="failed" message="install: exit code 7">\ndrain ok (0.3 s)\ninstall failed: exit code 7 (0.3 s)</failure>',
    );
    expect(xml).toContain(
      '<property name="stage healthy" value="3 ok, median 12.0 s, slowest 48.0 s on fe5, failed fe4"/>',
    );
  });

  it("hold in the page each host's way, each output once, and where a host is that has no end", () => {
    const data = pageData(RunStory.of(upgrade)) as {
      ways: { task: number[]; stage: number[]; group: number[]; outcome: number[] };
      groups: { stage: number; text: string; folded: string }[];
      outcomes: string[];
    };
    const ofFe3 = data.ways.task.flatMap((task, row) => (task === 2 ? [row] : []));
    expect(ofFe3.map((row) => data.ways.stage[row])).toEqual([0, 1]);
    expect(data.groups[data.ways.group[ofFe3[1] ?? -1] ?? -1]).toMatchObject({
      stage: 1,
      text: "no disk",
    });
    expect(
      data.groups.filter(({ text }) => text !== "").map(({ folded, text }) => `${folded} ${text}`),
    ).toEqual(["fe3 no disk", "fe4 503", "fe[1-2,4-5] shop 1.2"]);
    const cut = upgrade.findIndex((event) => event.type === "task.started" && event.stage === "healthy");
    const left = pageData(RunStory.of(upgrade.slice(0, cut + 1))) as typeof data;
    const open = left.ways.outcome.flatMap((outcome, row) =>
      left.outcomes[outcome] === "open" ? [left.ways.stage[row]] : [],
    );
    expect(open).toContain(2);
  });
});
