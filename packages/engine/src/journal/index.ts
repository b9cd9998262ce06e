/** Where a run's events are written, and read again. */
export { JournalCheck } from "./journal-check.ts";
export { JournalWriter } from "./journal-writer.ts";
export type { Journal } from "./read-journal.ts";
export { readAppended, readJournal } from "./read-journal.ts";
export { beginningOf, findRun, listRuns, pruneRuns } from "./runs.ts";
export { journalPath, makeRunsFolder, runsFolder, saidPath, stateFolder } from "./state-folder.ts";
