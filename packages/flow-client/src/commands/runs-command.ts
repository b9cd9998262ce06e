import { safeJson } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { journalPath, listRuns, readJournal, runsFolder } from "@roadrunner/engine/journal";
import { runRow, type RunRow } from "@roadrunner/engine/api";
import { isLocked } from "@roadrunner/engine/lock";
import { eventsThatCount } from "@roadrunner/engine/resume";
import { runsTable } from "../reporters/lists/runs-text.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { runsOptions } from "../usage/options.ts";
import { print } from "../screen/print.ts";

/** `rr-submit runs`: past and present runs of this user on this box, newest first. */
export async function runsCommand(
  options: OptionValues<typeof runsOptions>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const folder = runsFolder(env);
  const { flow, state, last } = options;
  const rows: RunRow[] = [];
  for (const run of listRuns(folder).toReversed()) {
    if (last !== undefined && rows.length >= last) break;
    const row = await rowOf(folder, run);
    if ((flow === undefined || row.name === flow) && (state === undefined || row.state === state))
      rows.push(row);
  }
  const isAll = flow === undefined && state === undefined;
  const none = isAll ? `no runs in ${folder}` : `no run of that kind is in ${folder}`;
  const text = options.json ? safeJson(rows, 2) : rows.length === 0 ? none : runsTable(rows).join("\n");
  return print(text, EXIT.succeeded);
}

async function rowOf(folder: string, run: string): Promise<RunRow> {
  const journal = readJournal(journalPath(folder, run));
  if (!journal.ok) return { run, name: "", state: "damaged", started: "", counts: {}, reason: journal.error };
  return runRow(eventsThatCount(journal.value.events), await isLocked(folder, run));
}
