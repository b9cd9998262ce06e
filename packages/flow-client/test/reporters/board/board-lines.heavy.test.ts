import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { boardLines } from "../../../src/reporters/board/board-lines.ts";
import { RunStory } from "@roadrunner/engine/story";
import { widthOf } from "../../../src/reporters/text/width.ts";
import { hostNames, madeRun, START_MS, type MadeJob } from "../made-run.ts";

const PLAIN = { colour: false, unicode: true };

/** The run as it stands after the first event that `until` accepts. */
function standing(events: readonly RunEvent[], until: (event: RunEvent) => boolean): RunStory {
  const run = new RunStory();
  for (const event of events) {
    run.add(event);
    if (until(event)) break;
  }
  return run;
}

const fail = (host: string) =>
  ["fe3", "fe7"].includes(host) ? { outcome: "failed" as const, reason: "exit code 1" } : {};
const first: MadeJob[] = [
  { name: "pkg1", hosts: hostNames("db", 10) },
  { name: "pkg2", hosts: hostNames("api", 6) },
];
const restart: MadeJob = { name: "restart", hosts: hostNames("fe", 100), need: 80, window: 20, end: fail };
const events = madeRun([first, [restart], [{ name: "check", hosts: hostNames("fe", 100) }]]);
const atFe30 = (event: RunEvent) =>
  event.type === "task.ended" && event.job === "restart" && event.host === "fe30";

describe("boardLines", () => {
  it("shows slots done, running and to come, with bars, needs, what runs longest, and an estimate", () => {
    const run = standing(events, atFe30);
    const nowMs = START_MS + 16_000;
    expect(boardLines(run, { columns: 100, rows: 40 }, PLAIN, nowMs)).toEqual([
      "deploy  slot 2 of 3 · 16.0 s · about 35 s left in this slot  20261124-091612-abcdefgh",
      "✔ slot 1 succeeded in 2.0 s: pkg1 10/10 ok, pkg2 6/6 ok",
      "▶ slot 2",
      "  ▶ restart  █████████████×▒▒▒▒▒····························  28 ok, needs 80; 2 failed, 20 allowed",
      "             10 running (fe31 13.0 s, fe32 13.0 s, fe33 13.0 s), 60 waiting",
      "· slot 3: check (100 hosts)",
    ]);
  });

  it("sums slots up and drops details where there are few rows, and the bar where there are few columns", () => {
    const run = standing(events, atFe30);
    expect(boardLines(run, { columns: 61, rows: 6 }, PLAIN, START_MS + 16_000)).toEqual([
      "deploy  slot 2 of 3 · 16.0 s · about 35 s left in this slot",
      "✔ 1 slot succeeded",
      "▶ slot 2",
      "  ▶ restart  ██×▒····  28 ok, needs 80; 2 failed, 20 allowed",
      "· 1 slot to come: 1 job, 100 tasks",
    ]);
    expect(boardLines(run, { columns: 55, rows: 24 }, PLAIN, START_MS)[3]).toBe(
      "  ▶ restart  28 ok, needs 80; 2 failed, 20 allowed",
    );
  });

  it("draws with ASCII where the locale is not UTF-8", () => {
    const lines = boardLines(
      standing(events, atFe30),
      { columns: 100, rows: 40 },
      { colour: false, unicode: false },
      START_MS + 16_000,
    );
    expect(lines[3]).toMatch(/^ {2}> restart {2}#{13}x={5}\.{28} {2}28/);
  });

  it("says that it stops, and makes no estimate that it does not have", () => {
    const run = standing(events, (event) => event.type === "task.started" && event.job === "restart");
    run.add({
      time: new Date(START_MS).toISOString(),
      run: "r",
      type: "run.stopping",
      how: "drain",
      reason: "SIGINT",
    });
    const [head] = boardLines(run, { columns: 80, rows: 24 }, PLAIN, START_MS + 16_000);
    expect(head).toContain("slot 2 of 3 · 16.0 s · STOPPING: SIGINT");
  });

  it("shows 10 jobs of 5,000 hosts in 80 by 24 and in 200 by 50, also when few rows are left", () => {
    const jobs = Array.from({ length: 10 }, (_, n) => ({
      name: `job-${n}`,
      hosts: hostNames("h", 5000),
      window: 500,
    }));
    const run = standing(madeRun([jobs]), (event) => event.type === "task.ended" && event.host === "h900");
    const now = START_MS + 5000;
    const small = boardLines(run, { columns: 80, rows: 24 }, PLAIN, now);
    expect(small.filter((line) => line.includes("; 0 failed, 0 allowed"))).toHaveLength(10);
    expect(boardLines(run, { columns: 200, rows: 50 }, PLAIN, now)[2]).toMatch(
      /job-0 {2}█+▒+·+ {2}900 ok, needs 5000; /,
    );
    expect(boardLines(run, { columns: 80, rows: 8 }, PLAIN, now).at(-1)).toBe("  … 5 more jobs");
  });

  it("never leaves the screen, whatever the run, the moment and the size", () => {
    const someJobs = fc.array(
      fc.record({
        name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/),
        hosts: fc.integer({ min: 1, max: 40 }).map((n) => hostNames("host-with-日本-", n)),
        window: fc.integer({ min: 1, max: 10 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(
        fc.array(someJobs, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.record({ columns: fc.integer({ min: 0, max: 220 }), rows: fc.integer({ min: 0, max: 60 }) }),
        fc.boolean(),
        (slots, name, share, size, colour) => {
          const named = slots.map((jobs, s) =>
            jobs.map((job, j) => ({ ...job, name: `${s}${j}${job.name}`.slice(0, 64) })),
          );
          const made = madeRun(named, name);
          const run = new RunStory();
          for (const event of made.slice(0, Math.ceil(made.length * share))) run.add(event);
          const lines = boardLines(run, size, { colour, unicode: true }, START_MS + 60_000);
          expect(lines.length).toBeLessThan(Math.max(1, size.rows || 24));
          for (const line of lines) {
            const text = stripVTControlCharacters(line);
            expect(widthOf(text)).toBeLessThan(Math.max(1, size.columns || 80));
            expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
