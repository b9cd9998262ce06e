import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import { boardLines } from "../../../src/reporters/board/board-lines.ts";
import { estimateMs } from "../../../src/reporters/board/estimate.ts";
import { widthOf } from "../../../src/reporters/text/width.ts";
import * as plans from "../../../../../test/support/plans.ts";
import * as made from "../made-gates.ts";
import { withHostileTexts } from "../hostile.ts";
import { MADE_RUN, START_MS } from "../made-run.ts";

const PLAIN = { colour: false, unicode: true };
const storyOf = (events: readonly RunEvent[]) => {
  const story = RunStory.live("all");
  for (const event of events) story.add(event);
  return story;
};
/** The lines below that of the job. */
const below = (events: readonly RunEvent[], second: number, style = PLAIN) => {
  const lines = boardLines(storyOf(events), { columns: 110, rows: 30 }, style, START_MS + second * 1000);
  const at = lines.findIndex((line) => line.includes("upgrade"));
  return lines.slice(at + 1, -1).map((line) => line.trim());
};

describe("a job with gates", () => {
  it("says before its first host how often they were asked, and what they said", () => {
    expect(below(made.begun, 0)).toEqual([
      "gates: asked 0 of 3 times, step 0 of 3, 0 running, 6 waiting",
      "gate latency · not asked yet",
      "gate page · not asked yet",
    ]);
    expect(below([...made.begun, ...made.wellAt(0), ...made.wellAt(5)], 7)).toEqual([
      "gates: asked 2 of 3 times, step 0 of 3, 0 running, 6 waiting",
      "gate latency 212, at most 300 · pass 2 s ago",
      "gate page status 200 · pass 2 s ago",
    ]);
    const late = [
      ...made.begun,
      ...made.toldBefore,
      ...made.answered(11, "page", "fail", "status 503, not 200"),
    ];
    expect(below(late, 12)[0]).toContain("gates: asked 3 of 3 times, waits for gate page, ");
  });

  it("counts its fails to the number that fails the gate", () => {
    const [started, ...rest] = made.begun;
    if (started?.type !== "run.started") throw new Error("no beginning");
    const gates = [{ ...made.page, failures: 10 }];
    const jobs = [plans.job({ name: "upgrade", hosts: 6, gates }), plans.job({ name: "notes", hosts: 1 })];
    const patient = plans.plan(jobs.map((job) => plans.slot(job)));
    const red = [
      { ...started, plan: patient },
      ...rest,
      ...made.answered(0, "page", "fail", "status 503, not 200"),
    ];
    expect(below(red, 1).at(-1)).toBe("gate page status 503, not 200 · fail 1 s ago, 1 of 3");
    expect(below([...red, ...made.runs(1, "fe1")], 1).at(-1)).toMatch(/1 of 10$/);
  });

  it("says how long it bakes, and when each gate said what", () => {
    expect(below(made.toFirstBake, 68)[0]).toBe("bake 4:12 left, step 1 of 3, 0 running, 4 waiting");
    expect(below(made.toFails, 83)).toEqual([
      "bake 3:57 left, step 1 of 3, 0 running, 4 waiting",
      "gate latency 330, more than 300 · fail 3 s ago, 2 of 2",
      "gate page status 200 · pass 1 min 03 s ago",
    ]);
    expect(below(made.toFails, 400)[0]).toContain("bake over, waits for gate latency, step 1 of 3");
    const unsure = [
      made.answered(110, "latency", "inconclusive", "no data"),
      made.answered(140, "latency", "inconclusive", "no data"),
    ];
    expect(below([...made.toFails, ...unsure.flat()], 145)[1]).toBe(
      "gate latency no data · inconclusive 5 s ago, for 35 s",
    );
  });

  it("says why it holds and what to type, in few rows too", () => {
    const first = [
      `holds for 45 s: ${made.BROKEN}`,
      `go on: rr-submit confirm ${MADE_RUN}; end it: rr-submit stop ${MADE_RUN}`,
    ];
    expect(below(made.held, 125).slice(0, 3)).toEqual([...first, "step 1 of 3, 0 running, 4 waiting"]);
    const few = boardLines(storyOf(made.held), { columns: 110, rows: 5 }, PLAIN, START_MS + 125_000);
    expect(few.slice(2).map((line) => line.trim())).toEqual(first);
    expect(below(made.confirmed, 326)[0]).toBe("step 2 of 3, 0 running, 4 waiting");
  });

  it("shows what failed and what nobody can tell as other failures and warnings", () => {
    const style = { colour: true, unicode: true };
    const [, fails] = below(made.toFails, 83, style);
    expect(fails).toContain("\u001b[31mfail 3 s ago, 2 of 2\u001b[39m");
    const unsure = [...made.toFirstBake, ...made.answered(20, "latency", "inconclusive", "no data")];
    expect(below(unsure, 83, style).join()).toContain("\u001b[33minconclusive 1 min 03 s ago\u001b[39m");
  });

  it("is never wider than the screen, whatever its gates say", () => {
    const long = made.answered(81, "page", "fail", `日本 ${"x".repeat(5000)}`);
    for (const columns of [10, 20, 40, 60, 80, 120, 200])
      for (const events of [
        made.begun,
        made.toFirstBake,
        [...made.toFails, ...long],
        withHostileTexts([...made.held, ...long]),
      ]) {
        const lines = boardLines(storyOf(events), { columns, rows: 30 }, PLAIN, START_MS + 90_000);
        for (const line of lines) expect(widthOf(stripVTControlCharacters(line))).toBeLessThan(columns);
      }
    const narrow = boardLines(
      storyOf([...made.toFails, ...long]),
      { columns: 60, rows: 30 },
      PLAIN,
      START_MS + 90_000,
    );
    expect(narrow.find((line) => line.includes("gate page"))).toMatch(/x… · fail 9 s ago, 1 of 2$/);
  });
});

describe("how long a job with gates will still take", () => {
  const estimate = (events: readonly RunEvent[], second: number) => {
    const [job] = storyOf(events).jobs;
    return job === undefined ? undefined : estimateMs(job, START_MS + second * 1000);
  };
  const third = [
    ...made.confirmed,
    ...["fe3", "fe4"].flatMap((host) => made.runs(325, host)),
    { ...made.at(335), type: "job.baking" as const, slot: 1, job: "upgrade", bakeMs: 300_000 },
  ];

  it("counts its bakes, of which the hosts' own time is none", () => {
    // 20 s for the first four hosts, so 10 s for the last two; 200 s of this bake, and the last one.
    expect(estimate(third, 435)).toBe(10_000 + 200_000 + 300_000);
    const last = [
      ...third,
      { ...made.at(635), type: "step.started" as const, slot: 1, job: "upgrade", step: 3, hosts: 2, need: 2 },
      ...["fe5", "fe6"].flatMap((host) => made.runs(635, host)),
      { ...made.at(645), type: "job.baking" as const, slot: 1, job: "upgrade", bakeMs: 300_000 },
    ];
    expect(estimate(last, 700)).toBe(245_000);
  });

  it("is not known while it holds", () => {
    const ended = [
      ...third,
      { ...made.at(336), type: "job.held" as const, slot: 1, job: "upgrade", reason: "r" },
    ];
    expect(estimate(ended, 400)).toBeUndefined();
  });
});

describe("what is undone", () => {
  const board = (events: readonly RunEvent[], second: number) =>
    boardLines(storyOf(events), { columns: 110, rows: 30 }, PLAIN, START_MS + second * 1000);

  it("is not there before it begins, then behind the job that it undoes", () => {
    expect(board(made.toFails, 83).join("\n")).not.toContain("undo");
    expect(
      board(made.undoBegins, 83)
        .slice(2, 6)
        .map((line) => line.trim()),
    ).toEqual([
      expect.stringMatching(/^✘ upgrade {10}█+-+ {2}2 ok, needs 6; 0 failed, 0 allowed$/),
      made.BROKEN,
      expect.stringMatching(/^▶ undo of upgrade {2}·+ {2}0 of 2 undone; 0 failed$/),
      "0 running, 2 waiting",
    ]);
    expect(board(made.undone.slice(0, -1), 95)[1]).toContain("upgrade 2/6 ok, undo of upgrade 1/2 ok");
  });
});
