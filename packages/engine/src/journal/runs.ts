import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { fail, succeed, type Result } from "@roadrunner/core";
import { journalPath, saidPath } from "./state-folder.ts";

/** Ended runs are kept for so long. */
const KEEP_MS = 90 * 24 * 3_600_000;
const RUN_ID = /^\d{8}-\d{6}-[a-z2-7]{8}$/;

/** The runs of this user, newest last; a run id begins with its time. */
export function listRuns(folder: string): readonly string[] {
  try {
    const runs = readdirSync(folder)
      .filter((name) => name.endsWith(".ndjson"))
      .map((name) => name.slice(0, -".ndjson".length))
      .filter((name) => RUN_ID.test(name))
      .sort();
    return inTheirOrder(folder, runs);
  } catch {
    return [];
  }
}

/** Sorted ids, and those of one second by the time of their first event, since the rest of an id is random. */
function inTheirOrder(folder: string, sorted: readonly string[]): readonly string[] {
  const secondOf = (run: string | undefined): string => run?.slice(0, SECOND) ?? "";
  const shared = sorted.filter((run, index) =>
    [sorted[index - 1], sorted[index + 1]].some((other) => secondOf(other) === secondOf(run)),
  );
  if (shared.length === 0) return sorted;
  const begun = new Map(shared.map((run) => [run, beginning(journalPath(folder, run))]));
  const keyOf = (run: string): string => `${secondOf(run)} ${begun.get(run) ?? ""}`;
  return sorted.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}

/** Length of `20261124-091612`. */
const SECOND = 15;
const HEAD_BYTES = 256;

/** The time of a journal's first event, ISO 8601; empty where there is none. */
function beginning(path: string): string {
  return /"time":"([^"]+)"/.exec(beginningOf(path, HEAD_BYTES))?.[1] ?? "";
}

/** The first bytes of a journal; empty where it cannot be read. */
export function beginningOf(path: string, bytes: number): string {
  try {
    const file = openSync(path, "r");
    try {
      const head = Buffer.alloc(bytes);
      return head.toString("utf8", 0, readSync(file, head, 0, head.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}

/** `last`, a run id, or the unambiguous beginning of one → the journal's path. */
export function findRun(folder: string, name: string): Result<string, string> {
  const runs = listRuns(folder);
  if (name === "last") {
    const last = runs.at(-1);
    return last === undefined ? fail(`there are no runs in ${folder}`) : succeed(journalPath(folder, last));
  }
  const found = runs.filter((run) => run.startsWith(name));
  const [only] = found;
  if (only === undefined || name === "")
    return fail(`there is no run ${JSON.stringify(name)} in ${folder}; rr-submit runs lists them`);
  return found.length === 1
    ? succeed(journalPath(folder, only))
    : fail(`${JSON.stringify(name)} begins ${found.length} runs: ${found.slice(-3).join(", ")}`);
}

/** Removes the journals of runs that ended and were last written over 90 days ago, with what was said; an open run stays. */
export function pruneRuns(folder: string, nowMs: number): number {
  let removed = 0;
  for (const run of listRuns(folder)) {
    const path = journalPath(folder, run);
    try {
      if (!isOldAndEnded(path, nowMs)) continue;
      rmSync(path);
      removed += 1;
      rmSync(saidPath(folder, run), { force: true });
    } catch {
      // Another rr-submit was faster, or the file is not ours to remove: the run at hand matters more.
    }
  }
  return removed;
}

const TAIL_BYTES = 64 * 1024;

function isOldAndEnded(path: string, nowMs: number): boolean {
  const file = openSync(path, "r");
  try {
    const { mtimeMs, size } = fstatSync(file);
    if (nowMs - mtimeMs <= KEEP_MS) return false;
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const lastLine = tail.toString("utf8").trimEnd().split("\n").at(-1) ?? "";
    return lastLine.includes('"type":"run.ended"');
  } finally {
    closeSync(file);
  }
}
