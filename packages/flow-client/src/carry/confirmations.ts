import type { SubmittedRun } from "@roadrunner/engine";
import { confirmationOf, type Confirmation } from "@roadrunner/engine/words";

/** The word of `rr-submit confirm` to whoever carries the run, alone or with the name of a job behind it. */
const CONFIRM = "confirm";

/** The first word of an answer: whether it was done. */
const DONE = "done";
const NOT_DONE = "not-done";

export function confirmWord(job: string | undefined): string {
  return job === undefined ? CONFIRM : `${CONFIRM} ${job}`;
}

export function isConfirm(word: string): boolean {
  return word === CONFIRM || word.startsWith(`${CONFIRM} `);
}

/** Takes the yes for what the run waits for; the answer says what was done. */
export function confirmedElsewhere(word: string, run: Pick<SubmittedRun, "confirm">): string {
  const job = word === CONFIRM ? undefined : word.slice(CONFIRM.length + 1);
  const { done, text } = confirmationOf(run.confirm(job), job);
  return `${done ? DONE : NOT_DONE} ${text}`;
}

/** The answer of whoever carries the run; undefined: it is an older rr-submit, which knows nothing of it. */
export function readConfirmation(answer: string): Confirmation | undefined {
  const [word, ...rest] = answer.split(" ");
  return word === DONE || word === NOT_DONE ? { done: word === DONE, text: rest.join(" ") } : undefined;
}
