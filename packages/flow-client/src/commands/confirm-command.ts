import { findRun, type Journal, readJournal, runsFolder } from "@roadrunner/engine/journal";
import { askHolder } from "@roadrunner/engine/lock";
import { waitsForPerson } from "@roadrunner/engine/resume";
import { confirmWord, readConfirmation } from "../carry/confirmations.ts";
import { clip, safeLine } from "../reporters/text/safe-text.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { say } from "../usage/say.ts";

/** Characters. */
const MOST_NAMES = 300;

/** `rr-submit confirm RUN|last [JOB]`: yes to what a run waits for, from another terminal of the same user on the same box. */
export async function confirmCommand(
  name: string,
  job: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const folder = runsFolder(env);
  const path = findRun(folder, name);
  const journal = path.ok ? readJournal(path.value) : path;
  if (!journal.ok) {
    say(journal.error);
    return EXIT.usage;
  }
  const { run, plan } = journal.value;
  const jobs = [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs.map((one) => one.name));
  if (job !== undefined && !jobs.includes(job)) {
    say(`run ${run} has no job ${JSON.stringify(job)}; it has ${clip(jobs.join(", "), MOST_NAMES)}`);
    return EXIT.usage;
  }
  const answer = await askHolder(folder, run, confirmWord(job));
  if (answer.ok) {
    const confirmation = readConfirmation(answer.value);
    if (confirmation === undefined) {
      say(`run ${run}: the rr-submit that carries it is older and takes no confirm; answer where it runs`);
      return EXIT.usage;
    }
    say(`run ${run}: ${safeLine(confirmation.text)}`);
    return confirmation.done ? EXIT.succeeded : EXIT.usage;
  }
  if (answer.error === "nobody") {
    say(`no rr-submit on this box carries run ${run}; ${nextOf(journal.value)}`);
    return EXIT.usage;
  }
  say(
    `run ${run} was not confirmed: the rr-submit that carries it says nothing (${answer.error.reason})`,
    "Has it only begun, or is it suspended? Try again, or answer where it runs.",
  );
  return EXIT.infrastructure;
}

function nextOf(journal: Journal): string {
  const { run, events } = journal;
  if (events.at(-1)?.type === "run.ended") return `it has ended: rr-submit report ${run}`;
  return waitsForPerson(journal)
    ? `it is open, and waits: rr-submit resume ${run} --confirm`
    : `it is open, and nothing waits to be confirmed: rr-submit resume ${run}`;
}
