import { describe, expect, it } from "vitest";
import type { RunEvent, RunPlan } from "@roadrunner/core";
import { count, job, plan, slot } from "../support/plans.ts";
import { unwatchedStarts, wrongUndos } from "./check-site.ts";
import { parseHostLog } from "./host-log.ts";

const upgrade = job({
  name: "up",
  hosts: 2,
  gates: [
    { name: "page", everyMs: 1000, failures: 1, timeoutMs: 1000, http: { url: "http://x/", status: 200 } },
  ],
});
const undo = job({ name: "up.undo", undoes: "up", hosts: 2, success: count(0) });
const watched: RunPlan = plan([slot(upgrade, undo)]);

type Short = { readonly type: RunEvent["type"]; readonly [field: string]: unknown };
const events = (...short: readonly Short[]): readonly RunEvent[] =>
  short.map(
    (one) => ({ time: "2026-01-01T00:00:00.000Z", run: "r", slot: 1, job: "up", ...one }) as RunEvent,
  );

const started: Short = { type: "job.started" };
const ask = (number: number): Short => ({ type: "gate.asked", gate: "page", ask: number });
const answer = (number: number, kind: string): Short => ({
  type: "gate.answered",
  gate: "page",
  ask: number,
  answer: kind,
});
const begin: Short = { type: "task.asked", host: "h1", attempt: 1, submission: 1 };
const log = (...lines: readonly string[]) =>
  new Map([["h1", parseHostLog(lines.map((line) => `${line}\n`).join(""))]]);

describe("a job with gates that begins", () => {
  it.each<[string, readonly Short[], number]>([
    ["after a pass", [started, ask(1), answer(1, "pass"), begin], 0],
    ["after a yes", [started, ask(1), answer(1, "inconclusive"), { type: "job.confirmed" }, begin], 0],
    ["with no answer", [started, ask(1), begin], 1],
    ["after a fail", [started, ask(1), answer(1, "fail"), begin], 1],
    [
      "after a pass before its step",
      [started, ask(1), answer(1, "pass"), begin, { type: "step.ended" }, begin],
      1,
    ],
    ["after a pass before a resume", [started, ask(1), answer(1, "pass"), { type: "run.resumed" }, begin], 1],
    [
      "after a pass to an ask before its step",
      [started, ask(1), { type: "step.ended" }, answer(1, "pass"), begin],
      1,
    ],
    ["once more", [started, { ...begin, submission: 2 }], 0],
  ])("%s has so many problems", (_, short, problems) => {
    expect(unwatchedStarts(watched, events(...short))).toHaveLength(problems);
  });
});

describe("an undo", () => {
  const start = "start up 1 1.00 -";
  const end = "end up 1 2.00 0";
  const back = "start up.undo 1 3.00 -";
  it.each<[string, readonly Short[], readonly string[], number]>([
    ["after its job", [begin], [start, end, back], 0],
    ["of a host that crashed", [begin], [start, "crash - - 2.00", back], 0],
    ["while its job runs", [begin], [start, back], 1],
    [
      "while its job may run",
      [begin, { type: "task.ended", host: "h1", outcome: "unknown" }],
      [start, back],
      0,
    ],
    ["of a host that was not asked", [], [back], 1],
    ["before its job starts again", [begin], [start, end, back, "start up 2 4.00 -"], 1],
  ])("%s has so many problems", (_, short, lines, problems) => {
    expect(wrongUndos(watched, events(...short), log(...lines))).toHaveLength(problems);
  });
});
