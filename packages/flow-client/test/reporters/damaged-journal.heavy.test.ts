import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { eventsThatCount } from "../../../engine/src/resume/events-that-count.ts";
import { readJournal } from "../../../engine/src/journal/read-journal.ts";
import { replay } from "../../../engine/src/resume/replay.ts";
import { htmlReport } from "../../src/reporters/report/html-report.ts";
import { junitXml } from "../../src/reporters/report/junit.ts";
import { reportJson } from "../../src/reporters/report/report-json.ts";
import { reportText } from "../../src/reporters/report/report-text.ts";
import { RunStory } from "@roadrunner/engine/story";
import { runRow } from "@roadrunner/engine/api";
import { runsTable } from "../../src/reporters/lists/runs-text.ts";
import { madeRun } from "./made-run.ts";

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "rr-damaged-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const whole = madeRun([
  [{ name: "j", hosts: ["h1", "h2"], need: 1, end: (host) => (host === "h1" ? { outcome: "failed" } : {}) }],
  [{ name: "k", hosts: ["h3"] }],
]);

function read(lines: readonly string[]) {
  const path = join(dir, "run.ndjson");
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return readJournal(path);
}

/** All that is made of a journal; an exception would be called a bug of ours. */
function show(events: readonly RunEvent[], plan: Parameters<typeof replay>[0]): void {
  const seen = eventsThatCount(events);
  reportText(seen);
  JSON.stringify(reportJson(RunStory.of(seen)));
  Array.from(junitXml(RunStory.of(seen)));
  htmlReport(RunStory.of(seen), { script: "", css: "" });
  runsTable([runRow(seen, false)]);
  replay(plan, events, { seed: 1, lostTimeoutMs: 1000 });
}

type Field = { readonly holder: Record<string, unknown>; readonly key: string };

/** Every field of a value, also deep in it. */
function fieldsOf(value: unknown): Field[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => [
    { holder: value as Record<string, unknown>, key },
    ...fieldsOf(field),
  ]);
}

const STRANGE: readonly unknown[] = [
  null,
  "",
  "x",
  -1,
  0,
  1.5,
  1e300,
  99,
  true,
  [],
  {},
  [[]],
  { a: 1 },
  "2026-11-24",
];

describe("a damaged journal", () => {
  it("reads as it was written while it is whole", () => {
    const journal = read(whole.map((event) => JSON.stringify(event)));
    if (!journal.ok) throw new Error(journal.error);
    expect(journal.value.events).toEqual(whole);
    expect(JSON.stringify(journal.value.plan)).toBe(JSON.stringify((whole[0] as { plan?: unknown }).plan));
    show(journal.value.events, journal.value.plan);
  });

  it.each([
    ["is not JSON", "}{", /:4: this line is no run event, it is not JSON; the journal is damaged/],
    ["is no event", "[]", /:4: this line is no run event, /],
    ["has no time", { time: undefined }, /:4: .*time: /],
    ["has a host that the plan has not", { host: "h9" }, /:4: .*job j of the plan has no host h9/],
    ["has a job that the plan has not", { job: "x" }, /:4: .*slot 1 of the plan has no job x/],
    ["has a slot that the plan has not", { slot: 7 }, /:4: .*the plan has no slot 7/],
    ["is of another run", { run: "another" }, /:4: .*it is of run another/],
    ["is so deep that a reader of it falls", "[".repeat(200_000), /:4: /],
  ])("is refused with the number of the line that %s", (_, change, why) => {
    const lines = whole.map((event) => JSON.stringify(event));
    lines[3] = typeof change === "string" ? change : JSON.stringify({ ...whole[3], ...change });
    expect(whole[3]?.type).toBe("task.asked");
    expect(read(lines)).toEqual({ ok: false, error: expect.stringMatching(why) as string });
  });

  it("is refused or shown, whatever is changed, lost, repeated or exchanged in it", () => {
    const change = fc.record({ line: fc.nat(), spot: fc.nat(), value: fc.nat(), how: fc.nat({ max: 3 }) });
    let shown = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const events = structuredClone(whole) as unknown[];
        for (const { line, spot, value, how } of changes) {
          const at = line % events.length;
          if (how === 0) events.splice(at, 1);
          else if (how === 1) events.splice(spot % events.length, 0, structuredClone(events[at]));
          else {
            const all = fieldsOf(events[at]);
            const { holder, key } = all[spot % Math.max(1, all.length)] ?? { holder: {}, key: "" };
            if (how === 2) delete holder[key];
            else holder[key] = STRANGE[value % STRANGE.length];
          }
          if (events.length === 0) return;
        }
        const journal = read(events.map((event) => JSON.stringify(event)));
        if (!journal.ok) return;
        shown += 1;
        show(journal.value.events, journal.value.plan);
      }),
      { numRuns: 1000 },
    );
    expect(shown).toBeGreaterThan(50);
  });
});
