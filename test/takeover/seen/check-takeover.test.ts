import type { RunEvent } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { WRONG_OUTPUT } from "../../faults/fault-flow.ts";
import { planOf } from "../../support/plans.ts";
import { checkTakeover } from "./check-takeover.ts";

const time = "2026-01-01T00:00:00.000Z";
const host = { slot: 1, job: "job", host: "h1", attempt: 1, time };
const begun = { type: "run.started", time, run: "r", flow: "flow", plan: planOf({ hosts: 1 }) };
const asked = { type: "task.asked", ...host };
const ended = { type: "task.ended", ...host, outcome: "ok", exitCode: 0, final: true };
const over = { type: "run.ended", time, verdict: "succeeded", counts: { ok: 1 } };

const check = (events: readonly object[], numbers = events.map((_, index) => index + 1)) =>
  checkTakeover({
    events: events.map((event, index) => ({ number: numbers[index] ?? 0, event: event as RunEvent })),
    logs: new Map([
      [
        "h1",
        [
          { kind: "start", job: "job", attempt: 1, upS: 1 },
          { kind: "end", job: "job", attempt: 1, upS: 2, code: 0 },
        ],
      ],
    ]),
  }).problems.filter((problem) => /^(numbers|end):/.test(problem));

describe("a run's events, whoever carried it", () => {
  it("are well when they begin and end once, without a gap", () => {
    expect(check([begun, asked, ended, over])).toEqual([]);
  });

  it.each<[string, readonly object[], readonly number[] | undefined, readonly string[]]>([
    ["a gap", [begun, asked, ended, over], [1, 2, 4, 5], ["numbers: 4 follows 2"]],
    ["a number twice", [begun, asked, ended, over], [1, 2, 2, 3], ["numbers: 2 follows 2"]],
    ["another first number", [begun, asked, ended, over], [2, 3, 4, 5], ["numbers: 2 follows 0"]],
    ["two ends", [begun, asked, ended, over, over], undefined, ["end: 2 run.ended"]],
    [
      "something after its end",
      [begun, asked, over, ended],
      undefined,
      ["end: the last event is task.ended"],
    ],
    ["no end", [begun, asked, ended], undefined, ["end: 0 run.ended", "end: the last event is task.ended"]],
  ])("are told of with %s", (_, events, numbers, problems) => {
    expect(check(events, numbers === undefined ? undefined : [...numbers])).toEqual(problems);
  });

  it("are told of where a command had another output than an earlier one wrote", () => {
    const { problems } = checkTakeover({
      events: [],
      logs: new Map([["h1", [{ kind: "end", job: "wide", attempt: 2, upS: 2, code: WRONG_OUTPUT }]]]),
    });
    expect(problems).toContain("output: attempt 2 of wide was given another one on h1");
  });
});
