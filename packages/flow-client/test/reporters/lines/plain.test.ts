import { describe, expect, it } from "vitest";
import type { RunEvent, RunPlan } from "@roadrunner/core";
import { hosts, job, slot, stage } from "../../../../../test/support/plans.ts";
import { BoardReporter } from "../../../src/reporters/board/board-reporter.ts";
import { NdjsonReporter } from "../../../src/reporters/lines/ndjson.ts";
import { PlainReporter } from "../../../src/reporters/lines/plain.ts";
import { QuietReporter } from "../../../src/reporters/lines/quiet.ts";

const second = (at: number): { time: string; run: string } => ({
  time: new Date(Date.UTC(2026, 10, 24, 9, 16, 12) + at * 1000).toISOString(),
  run: "20261124-091612-abcdefgh",
});

const plan: RunPlan = {
  name: "deploy",
  slots: [
    slot(job({ name: "pkg1", hosts: hosts(3, "db") })),
    slot(job({ name: "restart", hosts: hosts(2, "fe") })),
  ],
  finally: [],
};

const counts = {
  ok: 0,
  failed: 0,
  timedOut: 0,
  unreachable: 0,
  refused: 0,
  unknown: 0,
  cancelled: 0,
  skipped: 0,
};
const db = (host: string) => ({ slot: 1, job: "pkg1", host, attempt: 1 });

const events: readonly RunEvent[] = [
  {
    ...second(0),
    type: "run.started",
    version: "0.1.0",
    plan,
    digest: "",
    who: "ops",
    where: "box",
    seed: 1,
  },
  { ...second(0), type: "slot.started", slot: 1 },
  { ...second(0), type: "job.started", slot: 1, job: "pkg1", hosts: 3, need: 3, window: 3, steps: [] },
  { ...second(0), type: "task.asked", ...db("db1"), submission: 1 },
  { ...second(0), type: "task.started", ...db("db1"), worker: "w1" },
  { ...second(0), type: "task.started", ...db("db2"), worker: "w1" },
  {
    ...second(1),
    type: "task.ended",
    ...db("db1"),
    outcome: "ok",
    final: true,
    exitCode: 0,
    durationMs: 900,
  },
  {
    ...second(1),
    type: "task.ended",
    ...db("db2"),
    outcome: "failed",
    final: true,
    exitCode: 1,
    reason: "exit code 1",
    blame: "host",
    durationMs: 1000,
    stderr: "E: \u001b[31mno\u001b[0m such package\nsecond\nthird\nfourth\n",
  },
  { ...second(1), type: "task.ended", ...db("db3"), outcome: "skipped", final: true },
  {
    ...second(1),
    type: "job.ended",
    slot: 1,
    job: "pkg1",
    verdict: "failed",
    counts: { ...counts, ok: 1, failed: 1, skipped: 1 },
    reason: "needs 3 of 3 hosts; 1 failed; 1 never started",
  },
  { ...second(1), type: "slot.ended", slot: 1, verdict: "failed", counts },
  { ...second(2), type: "run.ended", verdict: "failed", counts, reason: "slot 1, pkg1: needs 3 of 3 hosts" },
];

describe("PlainReporter", () => {
  it("tells a run line by line, gathers what went well, and never lets an escape through", () => {
    const reporter = new PlainReporter();
    expect(reporter.report(events)).toEqual([
      "09:16:12 run 20261124-091612-abcdefgh (deploy): 2 slots, 2 jobs, 5 tasks",
      "09:16:12 slot 1 of 2 started",
      "09:16:12 pkg1: 3 hosts, needs 3, 3 at once",
      "09:16:12 pkg1 started on db[1-2]",
      "09:16:13 pkg1 ok on db1 (0.9 s)",
      "09:16:13 pkg1 db2 failed: exit code 1 (1.0 s)",
      "09:16:13   db2| E: ␛[31mno␛[0m such package",
      "09:16:13   db2| second",
      "09:16:13   db2| third",
      "09:16:13   db2| fourth",
      "09:16:13 pkg1 failed: needs 3 of 3 hosts; 1 failed; 1 never started",
      "09:16:13 slot 1 failed",
    ]);
    expect(reporter.end()).toEqual([
      "",
      "slot 1 failed",
      "  pkg1 failed: 1 of 3 ok, needed 3, 1 failed, 1 skipped: needs 3 of 3 hosts; 1 failed; 1 never started",
      "    db2 failed: exit code 1",
      "      | E: ␛[31mno␛[0m such package",
      "      | second",
      "      | third",
      "      | fourth",
      "slot 2 not started",
      "  restart: never started, 2 hosts",
      "run 20261124-091612-abcdefgh (deploy) failed in 2.0 s: slot 1, pkg1: needs 3 of 3 hosts",
    ]);
  });

  it("tells held-back lines after a while, and that a quiet run lives", () => {
    const reporter = new PlainReporter();
    reporter.report(events.slice(0, 6));
    const start = Date.parse(second(0).time);
    expect(reporter.tick(start + 900)).toEqual([]);
    expect(reporter.tick(start + 1000)).toEqual(["09:16:12 pkg1 started on db[1-2]"]);
    expect(reporter.tick(start + 10_000)).toEqual([]);
    expect(reporter.tick(start + 16_000)).toEqual(["09:16:28 pkg1: 0 of 3 ended, running: db[1-2]"]);
  });
});

describe("a run that goes on", () => {
  const resumed: RunEvent = {
    ...second(60),
    type: "run.resumed",
    version: "0.1.0",
    who: "ops",
    where: "box",
  };
  const late: readonly RunEvent[] = [
    { ...second(61), type: "task.started", ...db("db1"), worker: "w1" },
    { ...second(62), type: "task.ended", ...db("db1"), outcome: "ok", final: true, durationMs: 900 },
    { ...second(62), type: "slot.started", slot: 2 },
  ];

  it("is told from where it stands, its past only counted", () => {
    const reporter = new PlainReporter();
    reporter.recall(events.slice(0, 6));
    expect(reporter.tick(Date.parse(second(59).time))).toEqual([]);
    expect(reporter.report([resumed, ...late])).toEqual([
      "09:17:12 run 20261124-091612-abcdefgh (deploy) resumed: 0 of 2 slots ended",
      "09:17:12 pkg1: 0 of 3 ended, asked whether they run still: db[1-2]",
      "09:17:13 pkg1 started on db1",
      "09:17:14 pkg1 ok on db1 (0.9 s)",
      "09:17:14 slot 2 of 2 started",
    ]);
  });

  it.each([
    ["plain", new PlainReporter()],
    ["quiet", new QuietReporter()],
    ["the board", new BoardReporter({ colour: false, unicode: false })],
  ])("%s: its end tells of all of it, and what has started and not ended", (_, reporter) => {
    reporter.recall(events.slice(0, 6));
    reporter.report([resumed, ...late]);
    expect(reporter.end().slice(-5)).toEqual([
      "slot 1 not ended",
      "  pkg1 not ended: 1 of 3 ok, needs 3; started and not ended: db2",
      "slot 2 not ended",
      "  restart: never started, 2 hosts",
      "run 20261124-091612-abcdefgh (deploy) not ended after 1 min 02 s",
    ]);
  });

  it("the board shows it", () => {
    const board = new BoardReporter({ colour: false, unicode: false });
    board.recall(events.slice(0, 6));
    expect(board.report([resumed, ...late])).toEqual([]);
    expect(board.board({ columns: 100, rows: 40 }, Date.parse(second(62).time)).join("\n")).toMatch(
      /^deploy {2}slot 2 of 2/,
    );
  });
});

describe("held-back lines", () => {
  it("tell what was lost for one reason on one line", () => {
    const reporter = new PlainReporter();
    const lost = ["db1", "db2", "db3"].map((host): RunEvent => {
      const reason = host === "db3" ? "its worker is gone" : "no job\nserver";
      return { ...second(2), type: "task.lost", ...db(host), reason };
    });
    reporter.report([...events.slice(0, 6), ...lost]);
    expect(reporter.flush()).toEqual([
      "09:16:14 pkg1 lost on db[1-2]: no job server",
      "09:16:14 pkg1 lost on db3: its worker is gone",
    ]);
  });

  it("leave out a loss that was told before, until the command is found again or the reason is another", () => {
    const reporter = new PlainReporter();
    const lost = (seconds: number, reason: string): RunEvent => ({
      ...second(seconds),
      type: "task.lost",
      ...db("db1"),
      reason,
    });
    const found: RunEvent = { ...second(11), type: "task.started", ...db("db1"), worker: "w2" };
    const reasons = [lost(2, "no route"), lost(4, "no route"), lost(6, "refused"), lost(8, "refused")];
    const lines = reporter.report([...events.slice(0, 6), ...reasons, found, lost(13, "refused")]);
    expect([...lines, ...reporter.flush()].filter((line) => line.includes("lost"))).toEqual([
      "09:16:14 pkg1 lost on db1: no route",
      "09:16:18 pkg1 lost on db1: refused",
      "09:16:25 pkg1 lost on db1: refused",
    ]);
  });

  it("tell what was said to have started and was withdrawn, and nothing of what never was", () => {
    const skipped = (host: string): RunEvent => ({
      ...{ ...second(2), type: "task.ended", ...db(host), final: true, outcome: "skipped" },
      reason: "revoked before it was connected",
    });
    const reporter = new PlainReporter();
    reporter.report([...events.slice(0, 6), ...["db1", "db2", "db3"].map(skipped)]);
    expect(reporter.flush()).toEqual([
      "09:16:14 pkg1 not started on db[1-2]: revoked before it was connected",
    ]);

    const stages = [stage("drain"), stage("install")] as const;
    const way = { ...plan, slots: [slot(job({ name: "pkg1", hosts: hosts(3, "db"), stages }))] };
    const at = (host: string) => ({ stage: "drain", at: "lb1", ...db(host) });
    const ofWay = new PlainReporter();
    const lines = ofWay.report([
      ...events.slice(0, 3).map((event) => (event.type === "run.started" ? { ...event, plan: way } : event)),
      { ...second(1), type: "task.started", ...at("db1"), worker: "w1" },
      ...["db1", "db2"].flatMap((host): RunEvent[] => [{ ...skipped(host), ...at(host) }, skipped(host)]),
    ]);
    expect([...lines, ...ofWay.flush()].slice(-2)).toEqual([
      "09:16:13 pkg1 drain at lb1 started for db1",
      "09:16:14 pkg1 drain at lb1 not started for db1: revoked before it was connected",
    ]);
  });

  it("name the host once where one is tried again elsewhere", () => {
    const again = { ...db("db1"), stage: "drain", at: "lb1", inMs: 500, reason: "lb1: connection refused" };
    expect(
      new PlainReporter()
        .report([...events.slice(0, 3), { ...second(1), type: "task.retrying", ...again }])
        .at(-1),
    ).toBe("09:16:13 pkg1 drain db1 at lb1 will be tried again in 0.5 s: connection refused");
  });

  it("are told at once where something else is to be printed", () => {
    const reporter = new PlainReporter();
    reporter.report(events.slice(0, 6));
    expect(reporter.flush()).toEqual(["09:16:12 pkg1 started on db[1-2]"]);
    expect(reporter.flush()).toEqual([]);
  });

  it("have the time of what they tell, however late they are read", () => {
    const reporter = new PlainReporter();
    const lines = reporter.report([
      ...events.slice(0, 6),
      { ...second(300), type: "task.started", ...db("db3"), worker: "w1" },
    ]);
    expect(lines.at(-1)).toBe("09:16:12 pkg1 started on db[1-2]");
    expect(reporter.tick(Date.parse(second(4000).time))[0]).toBe("09:21:12 pkg1 started on db3");
  });
});

describe("the other views", () => {
  it("ndjson prints each event, quiet only the end", () => {
    expect(new NdjsonReporter().report(events).map((line) => JSON.parse(line) as RunEvent)).toEqual(events);
    const quiet = new QuietReporter();
    expect(quiet.report(events)).toEqual([]);
    expect(quiet.end().at(-1)).toContain("failed in 2.0 s");
  });
});
