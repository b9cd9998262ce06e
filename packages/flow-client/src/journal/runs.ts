import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { fail, succeed, type Result } from "@roadrunner/core";
import { journalPath } from "./state-folder.ts";

/** Ended runs are kept for so long. */
const KEEP_MS = 90 * 24 * 3_600_000;
const RUN_ID = /^\d{8}-\d{6}-[a-z2-7]{8}$/;

/** The runs of this user, newest last; a run id begins with its time. */
export function listRuns(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".ndjson"))
      .map((name) => name.slice(0, -".ndjson".length))
      .filter((name) => RUN_ID.test(name))
      .sort();
  } catch {
    return [];
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

/** Removes the journals of runs that ended and were last written over 90 days ago; an open run stays. */
export function pruneRuns(folder: string, nowMs: number): number {
  let removed = 0;
  for (const run of listRuns(folder)) {
    const path = journalPath(folder, run);
    try {
      if (!isOldAndEnded(path, nowMs)) continue;
      rmSync(path);
      removed += 1;
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
