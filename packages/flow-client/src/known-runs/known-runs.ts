import { fail, succeed, type Result } from "@roadrunner/core";
import type { RunRow } from "@roadrunner/engine/api";
import { beginningOf } from "@roadrunner/engine/journal";
import { clientOf, type CoordinatorOptions } from "../coordinator/index.ts";
import { coordinatorWord } from "../usage/coordinator-word.ts";
import { wrongUse, type Refusal } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";
import type { BoxRun } from "./box-run.ts";
import { BoxRuns } from "./box-runs.ts";
import type { CoordinatorRun } from "./coordinator-run.ts";
import { CoordinatorRuns } from "./coordinator-runs.ts";
import type { RecordedRun, RunFilter } from "./known-run.ts";
import { newestFirst, type ListedRow } from "./newest-first.ts";

/** Where runs are looked for: on this box, and with a coordinator, if there is one. */
export interface Places extends CoordinatorOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type FoundRun = BoxRun | CoordinatorRun;

/** Finds a run by `last`, its id, or the beginning of one. */
export async function findKnownRun(name: string, places: Places): Promise<Result<FoundRun, Refusal>> {
  const box = new BoxRuns(places.env);
  const here = box.find(name);
  const remote = remoteOf(places);
  if (remote === undefined) return here.ok ? here : fail(here.error.refusal);
  const there = await remote.find(name);
  const { client } = remote;
  if (!there.ok && there.error.kind === "fault") {
    // By its whole id it can be no other one.
    return here.ok && here.value.run === name ? here : fail(there.error.refusal);
  }
  if (here.ok && there.ok) {
    const { run, row } = there.value;
    if (name === "last") return succeed(isNewer(row, here.value) ? run : here.value);
    if (run.run !== here.value.run) return fail(wrongUse(both(name, here.value.run, run.run, client.name)));
    say(`run ${run.run} is known on ${client.name} and on this box; --here takes the one of this box`);
    return succeed(run);
  }
  if (!here.ok && here.error.kind === "several") return fail(here.error.refusal);
  if (there.ok) return succeed(there.value.run);
  if (there.error.kind === "several") return fail(there.error.refusal);
  if (here.ok) return here;
  return fail(
    wrongUse(
      name === "last"
        ? [
            `there are no runs in ${box.folder}, nor of yours on ${client.name}`,
            ...there.error.refusal.lines,
          ].join("\n")
        : `there is no run ${JSON.stringify(name)} in ${box.folder}, nor on ${client.name}; rr-submit runs lists them`,
    ),
  );
}

export interface ReadRun<T extends FoundRun = FoundRun> {
  readonly known: T;
  readonly recorded: RecordedRun;
}

/** Finds a run, and reads what is recorded of it; `untilBegun`: waits for its beginning. */
export async function readKnownRun(
  name: string,
  places: Places,
  { untilBegun = false } = {},
): Promise<Result<ReadRun, Refusal>> {
  const found = await findKnownRun(name, places);
  if (!found.ok) return found;
  if (untilBegun && found.value.kind === "coordinator") {
    const begun = await found.value.begun();
    if (!begun.ok) return begun;
  }
  const recorded = await found.value.read();
  return recorded.ok ? succeed({ known: found.value, recorded: recorded.value }) : recorded;
}

/** The same of runs of this box alone. */
export async function readBoxRun(
  name: string,
  env: Places["env"],
): Promise<Result<ReadRun<BoxRun>, Refusal>> {
  const found = new BoxRuns(env).find(name);
  if (!found.ok) return fail(found.error.refusal);
  const recorded = await found.value.read();
  return recorded.ok ? succeed({ known: found.value, recorded: recorded.value }) : recorded;
}

export interface ListedRuns {
  /** Newest first. */
  readonly rows: readonly ListedRow[];
  /** Where they were looked for. */
  readonly where: string;
  /** Why those of the coordinator are missing. */
  readonly missing?: Refusal;
}

export async function listKnownRuns(filter: RunFilter, places: Places): Promise<ListedRuns> {
  const box = new BoxRuns(places.env);
  const here = await box.rows(filter);
  const remote = remoteOf(places);
  if (remote === undefined) return { rows: here, where: box.folder };
  const { name } = remote.client;
  const there = await remote.rows(filter);
  if (!there.ok) return { rows: here, where: box.folder, missing: there.error };
  const rows = newestFirst([...here, ...there.value.map((row) => ({ ...row, coordinator: name }))]);
  return { rows: rows.slice(0, filter.last), where: `${box.folder}, nor on ${name}` };
}

function remoteOf({ env, coordinator, ...options }: Places): CoordinatorRuns | undefined {
  return coordinator === undefined
    ? undefined
    : new CoordinatorRuns(clientOf({ ...options, coordinator }, env), coordinatorWord(coordinator, env));
}

const HEAD_BYTES = 256;

function isNewer(row: RunRow, { path, run }: BoxRun): boolean {
  const begun = /"time":"([^"]+)"/.exec(beginningOf(path, HEAD_BYTES))?.[1] ?? "";
  const [newest] = newestFirst([{ run, started: begun }, row]);
  return newest === row;
}

function both(name: string, here: string, there: string, coordinator: string): string {
  return `${JSON.stringify(name)} begins 2 runs: ${here} on this box, ${there} on ${coordinator}`;
}
