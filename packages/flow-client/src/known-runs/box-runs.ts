import { fail, succeed, type Result } from "@roadrunner/core";
import { runRow, type RunRow } from "@roadrunner/engine/api";
import { findRun, journalPath, listRuns, readJournal, runsFolder } from "@roadrunner/engine/journal";
import { isLocked } from "@roadrunner/engine/lock";
import { eventsThatCount } from "@roadrunner/engine/resume";
import { wrongUse } from "../usage/refusal.ts";
import { BoxRun } from "./box-run.ts";
import type { NotFound, RunFilter } from "./known-run.ts";

/** Past and present runs of this user on this box: their journals. */
export class BoxRuns {
  readonly folder: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.folder = runsFolder(env);
  }

  /** By `last`, an id, or the beginning of one. */
  find(name: string): Result<BoxRun, NotFound> {
    const path = findRun(this.folder, name);
    if (path.ok) return succeed(new BoxRun(this.folder, path.value));
    const isBegun = name !== "" && listRuns(this.folder).some((run) => run.startsWith(name));
    return fail({ kind: isBegun ? "several" : "none", refusal: wrongUse(path.error) });
  }

  /** Newest first. */
  async rows({ flow, state, last }: RunFilter): Promise<readonly RunRow[]> {
    const rows: RunRow[] = [];
    for (const run of listRuns(this.folder).toReversed()) {
      if (last !== undefined && rows.length >= last) break;
      const row = await this.#row(run);
      if ((flow === undefined || row.name === flow) && (state === undefined || row.state === state))
        rows.push(row);
    }
    return rows;
  }

  async #row(run: string): Promise<RunRow> {
    const journal = readJournal(journalPath(this.folder, run));
    if (!journal.ok)
      return { run, name: "", state: "damaged", started: "", counts: {}, reason: journal.error };
    return runRow(eventsThatCount(journal.value.events), await isLocked(this.folder, run));
  }
}
