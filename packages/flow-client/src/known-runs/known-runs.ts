import { succeed, fail, type Result } from "@roadrunner/core";
import type { RunRow } from "@roadrunner/engine/api";
import type { Refusal } from "../usage/refusal.ts";
import type { BoxRun } from "./box-run.ts";
import { BoxRuns } from "./box-runs.ts";
import type { RecordedRun, RunFilter } from "./known-run.ts";

/** Where runs are looked for. */
export interface Places {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Finds a run by `last`, its id, or the beginning of one. */
export async function findKnownRun(name: string, { env }: Places): Promise<Result<BoxRun, Refusal>> {
  const found = new BoxRuns(env).find(name);
  return Promise.resolve(found.ok ? succeed(found.value) : fail(found.error.refusal));
}

export interface ReadRun {
  readonly known: BoxRun;
  readonly recorded: RecordedRun;
}

/** Finds a run, and reads what is recorded of it. */
export async function readKnownRun(name: string, places: Places): Promise<Result<ReadRun, Refusal>> {
  const found = await findKnownRun(name, places);
  if (!found.ok) return found;
  const recorded = await found.value.read();
  return recorded.ok ? succeed({ known: found.value, recorded: recorded.value }) : recorded;
}

export interface ListedRuns {
  /** Newest first. */
  readonly rows: readonly RunRow[];
  /** Where they were looked for. */
  readonly where: string;
}

export async function listKnownRuns(filter: RunFilter, { env }: Places): Promise<ListedRuns> {
  const here = new BoxRuns(env);
  return { rows: await here.rows(filter), where: here.folder };
}
