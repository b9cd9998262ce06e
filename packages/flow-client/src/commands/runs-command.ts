import { safeJson } from "@roadrunner/core";
import { journalPath, listRuns, readJournal, runsFolder } from "@roadrunner/engine/journal";
import { isLocked } from "@roadrunner/engine/lock";
import { eventsThatCount } from "@roadrunner/engine/resume";
import { runRow, runsTable, type RunRow } from "../reporters/lists/runs-text.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { print } from "../screen/print.ts";

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
