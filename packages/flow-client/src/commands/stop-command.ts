import { findRun, readJournal, runsFolder } from "@roadrunner/engine/journal";
import { askHolder } from "@roadrunner/engine/lock";
import { STOP } from "../carry/signals.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { say } from "../usage/say.ts";

/** `rr-submit stop RUN|last`: what Ctrl-C does, from another terminal of the same user on the same box. */
export async function stopCommand(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const folder = runsFolder(env);
  const path = findRun(folder, name);
  const journal = path.ok ? readJournal(path.value) : path;
  if (!journal.ok) {
    say(journal.error);
    return EXIT.usage;
  }
  const { run, events } = journal.value;
  const answer = await askHolder(folder, run, STOP);
  if (answer.ok) {
    say(`run ${run}: ${answer.value}`);
    return EXIT.succeeded;
  }
  if (answer.error === "nobody") {
    const has = events.at(-1)?.type === "run.ended";
    const next = has ? `it has ended: rr-submit report ${run}` : `it is open: rr-submit resume ${run}`;
    say(`no rr-submit on this box carries run ${run}; ${next}`);
    return EXIT.usage;
  }
  say(
    `run ${run} was not stopped: the rr-submit that carries it says nothing (${answer.error.reason})`,
    "Has it only begun, or is it suspended? Try again, or press Ctrl-C where it runs.",
  );
  return EXIT.infrastructure;
}
