import { describe, expect, it } from "vitest";
import { aboutDuration, estimateMs } from "../../../src/reporters/board/estimate.ts";
import type { JobStanding } from "@roadrunner/engine/story";

/** `ended` hosts have ended, `running` started at these times, of `hosts`; the job started at 0. */
function job(
  hosts: number,
  ended: number,
  running: readonly number[],
  more: Partial<JobStanding> = {},
): JobStanding {
  return {
    name: "j",
    hosts,
    need: hosts,
    waitMs: 0,
    bakeMs: 0,
    counts: {} as JobStanding["counts"],
    running: new Map(running.map((startedMs, index) => [`r${index}`, startedMs])),
    waitingForRetry: new Set(),
    ended: new Map(Array.from({ length: ended }, (_, index) => [`e${index}`, "ok"])),
    longestMs: 4000,
    startedMs: 0,
    steps: 0,
    step: 0,
    ...more,
  };
}

describe("estimateMs", () => {
  it.each([
    ["nothing ended yet", job(100, 2, [0]), 10_000, undefined],
    ["by the rate so far", job(100, 20, [9000]), 10_000, 40_000],
    ["a stall makes it longer", job(100, 20, [9000]), 20_000, 80_000],
    ["pauses between steps are known", job(100, 20, [], { waitMs: 5000, steps: 5, step: 1 }), 10_000, 60_000],
    ["the last hosts: as long as the longest so far", job(22, 20, [9000, 9500]), 10_000, 3500],
    ["the last hosts take longer than any before: no idea", job(21, 20, [1000]), 10_000, undefined],
    ["a job of two hosts needs only those", job(2, 2, []), 5000, 0],
  ])("%s", (_, progress, nowMs, expected) => {
    expect(estimateMs(progress, nowMs)).toBe(expected);
  });
});

describe("aboutDuration", () => {
  it.each([
    [0, "about 1 s"],
    [3200, "about 4 s"],
    [31_000, "about 35 s"],
    [58_000, "about 1 min"],
    [200_000, "about 3 min"],
    [5_400_000, "about 1.5 h"],
  ])("%d ms is %s", (ms, text) => {
    expect(aboutDuration(ms)).toBe(text);
  });
});
