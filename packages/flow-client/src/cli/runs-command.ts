import { safeJson } from "@roadrunner/core";
import { eventsThatCount } from "../journal/events-that-count.ts";
import { readJournal } from "../journal/read-journal.ts";
import { isLocked } from "../journal/run-lock.ts";
import { listRuns } from "../journal/runs.ts";
import { journalPath, runsFolder } from "../journal/state-folder.ts";
import { runRow, runsTable, type RunRow } from "../reporters/runs-text.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { print } from "./print.ts";

/** `rr-submit runs`: past and present runs of this user on this box, newest last. */
export async function runsCommand(
  options: { readonly json: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const folder = runsFolder(env);
  const rows: RunRow[] = [];
  for (const run of listRuns(folder)) {
    const journal = readJournal(journalPath(folder, run));
    if (!journal.ok) {
      rows.push({ run, name: "", state: "damaged", started: "", counts: {}, reason: journal.error });
      continue;
    }
    rows.push(runRow(eventsThatCount(journal.value.events), await isLocked(folder, run)));
  }
  const text = options.json
    ? safeJson(rows, 2)
    : rows.length === 0
      ? `no runs in ${folder}`
      : runsTable(rows).join("\n");
  return print(text, EXIT.succeeded);
}
