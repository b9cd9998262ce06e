import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OUTCOMES, type OutcomeCounts, type RunEvent, type StagePlan } from "@roadrunner/core";
import { planOf, stage } from "../../../../test/support/plans.ts";
import { JournalWriter } from "../../src/journal/journal-writer.ts";
import { readAppended, readJournal } from "../../src/journal/read-journal.ts";
import { takeLock } from "../../src/lock/run-lock.ts";
import { findRun, listRuns, pruneRuns } from "../../src/journal/runs.ts";
import { runsFolder } from "../../src/journal/state-folder.ts";

let dir = "";
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "rr-journal-")), "runs");
});
afterEach(() => {
  rmSync(join(dir, ".."), { recursive: true, force: true });
});

const RUN = "20261124-091612-abcdefgh";
const head = { time: "2026-11-24T09:16:12.000Z", run: RUN };
const started: RunEvent = {
  ...head,
  type: "run.started",
  version: "0",
  who: "me",
  where: "here",
  digest: "",
  seed: 1,
  plan: { name: "f", slots: [], finally: [] },
};
const warning: RunEvent = { ...head, type: "warning", text: "ä — line\nbreak" };
const output = { ...head, type: "task.output", data: "secret of the screen" } as unknown as RunEvent;
const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as OutcomeCounts;
const ended: RunEvent = { ...head, type: "run.ended", verdict: "succeeded", counts };

function write(events: readonly RunEvent[], run = RUN): string {
  const made = JournalWriter.create(dir, run);
  if (!made.ok) throw new Error(made.error);
  expect(made.value.append(events)).toEqual({ ok: true, value: undefined });
  made.value.close();
  return made.value.path;
}

describe("the journal", () => {
  it("holds the run's events but for live output, private to its owner", () => {
    const path = write([started, warning, output, ended]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(readJournal(path)).toMatchObject({
      ok: true,
      value: { events: [started, warning, ended], tornBytes: 0 },
    });
  });

  it("is refused where its plan asks whether stages are needed, and has none behind the question", () => {
    const question = stage("unless", { asks: true });
    const read = (...stages: [StagePlan, ...StagePlan[]]) => {
      const path = write([{ ...started, plan: planOf({ hosts: 1, stages }) }]);
      const journal = readJournal(path);
      rmSync(path);
      return journal.ok ? "taken" : journal.error;
    };
    expect(read(question, stage("drain"))).toBe("taken");
    for (const stages of [[question], [stage("drain"), question]] as [StagePlan, ...StagePlan[]][])
      expect(read(...stages)).toContain("has a question that is not asked before its stages");
  });

  it("is never written over", () => {
    write([started]);
    expect(JournalWriter.create(dir, RUN)).toMatchObject({ ok: false });
  });

  it("ignores a torn last line and cuts it off when it goes on", () => {
    const path = write([started, warning]);
    appendFileSync(path, '{"type":"task.en');
    const read = readJournal(path);
    if (!read.ok) throw new Error(read.error);
    expect(read.value.events).toEqual([started, warning]);
    expect(read.value.tornBytes).toBe(16);
    const again = JournalWriter.reopen(path, read.value.length);
    if (!again.ok) throw new Error(again.error);
    again.value.append([ended]);
    again.value.close();
    expect(readJournal(path)).toMatchObject({ ok: true, value: { events: [started, warning, ended] } });
  });

  it("is read on from where it was read to, line by whole line", () => {
    const path = write([started]);
    const read = readJournal(path);
    if (!read.ok) throw new Error(read.error);
    expect(readAppended(read.value)).toEqual({ events: [], length: read.value.length });
    const line = `${JSON.stringify(warning)}\n`;
    appendFileSync(path, line + JSON.stringify(ended));
    const once = readAppended(read.value);
    expect(once.events).toEqual([warning]);
    expect(readAppended({ path, length: once.length })).toEqual({ events: [], length: once.length });
    appendFileSync(path, "\n");
    expect(readAppended({ path, length: once.length }).events).toEqual([ended]);
    rmSync(path);
    expect(readAppended({ path, length: once.length })).toEqual({ events: [], length: once.length });
  });

  it.each([
    [
      "a bad line in the middle",
      (text: string) => text.replace(/^.*warning.*$/m, "garbage"),
      /:2: this line is no run event/,
    ],
    [
      "another beginning",
      (text: string) => text.split("\n").slice(1).join("\n"),
      /does not begin with run.started/,
    ],
    ["nothing", () => "", /does not begin with run.started/],
  ])("refuses %s, with its place", (_, spoil, why) => {
    const path = write([started, warning, ended]);
    writeFileSync(path, spoil(readFileSync(path, "utf8")));
    expect(readJournal(path)).toMatchObject({ ok: false, error: expect.stringMatching(why) as string });
  });

  it("says so when the disk is full", () => {
    const made = JournalWriter.create(dir, RUN);
    if (!made.ok) throw new Error(made.error);
    made.value.close();
    const full = JournalWriter.reopen("/dev/full", 0);
    if (!full.ok) throw new Error(full.error);
    expect(full.value.append([warning])).toEqual({
      ok: false,
      error: "cannot write the journal /dev/full: the disk is full; free some space",
    });
    full.value.close();
  });
});

describe("runs", () => {
  it("are found by id, by its beginning, or as the last", () => {
    write([started], "20261124-091612-aaaaaaaa");
    write([started], "20261124-091613-bbbbbbbb");
    writeFileSync(join(dir, "other.ndjson"), "");
    expect(listRuns(dir)).toEqual(["20261124-091612-aaaaaaaa", "20261124-091613-bbbbbbbb"]);
    expect(findRun(dir, "last")).toMatchObject({
      ok: true,
      value: expect.stringContaining("bbbbbbbb") as string,
    });
    expect(findRun(dir, "20261124-091612")).toMatchObject({ ok: true });
    expect(findRun(dir, "2026")).toMatchObject({
      ok: false,
      error: expect.stringContaining("begins 2 runs") as string,
    });
    expect(findRun(dir, "nope")).toMatchObject({ ok: false });
    expect(findRun(join(dir, "none"), "last")).toMatchObject({ ok: false });
  });

  it("of one second stand in the order in which they began", () => {
    const at = (time: string): RunEvent => ({ ...started, time: `2026-11-24T09:16:12.${time}Z` });
    write([at("900")], "20261124-091612-aaaaaaaa");
    write([at("100")], "20261124-091612-bbbbbbbb");
    write([], "20261124-091612-cccccccc");
    write([at("500")], "20261124-091612-dddddddd");
    const order = listRuns(dir).map((run) => run.at(-1));
    expect(order).toEqual(["c", "b", "d", "a"]);
    expect(findRun(dir, "last")).toMatchObject({ value: expect.stringContaining("aaaaaaaa") as string });
  });

  it("are pruned when they ended over 90 days ago, never when they are open", () => {
    const old = write([started, ended], "20260101-000000-aaaaaaaa");
    const open = write([started, warning], "20260101-000000-bbbbbbbb");
    const fresh = write([started, ended], "20261124-091612-cccccccc");
    const long = (Date.now() - 91 * 24 * 3_600_000) / 1000;
    utimesSync(old, long, long);
    utimesSync(open, long, long);
    expect(pruneRuns(dir, Date.now())).toBe(1);
    expect([old, open, fresh].map((path) => existsSync(path))).toEqual([false, true, true]);
  });

  it("lie in XDG_STATE_HOME, if that is an absolute path", () => {
    expect(runsFolder({ XDG_STATE_HOME: "/x" })).toBe("/x/roadrunner/runs");
    expect(runsFolder({ XDG_STATE_HOME: "x" })).toMatch(/\/\.local\/state\/roadrunner\/runs$/);
  });
});

describe("takeLock", () => {
  it("refuses a second owner until the first lets go", async () => {
    const first = await takeLock(dir, RUN);
    expect(first.ok).toBe(true);
    expect(await takeLock(dir, RUN)).toEqual({ ok: false, error: "taken" });
    expect((await takeLock(dir, "another")).ok).toBe(true);
    if (first.ok) first.value.release();
    await expect.poll(async () => (await takeLock(dir, RUN)).ok).toBe(true);
  });
});
