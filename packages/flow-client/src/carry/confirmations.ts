import type { SubmittedRun, Waiting } from "@roadrunner/engine";
import { clip, safeLine } from "../reporters/text/safe-text.ts";

/** The word of `rr-submit confirm` to whoever carries the run, alone or with the name of a job behind it. */
const CONFIRM = "confirm";

/** The first word of an answer: whether it was done. */
const DONE = "done";
const NOT_DONE = "not-done";

/** What became of it, as whoever carries the run says. */
export interface Confirmation {
  readonly done: boolean;
  readonly text: string;
}

export function confirmWord(job: string | undefined): string {
  return job === undefined ? CONFIRM : `${CONFIRM} ${job}`;
}

export function isConfirm(word: string): boolean {
  return word === CONFIRM || word.startsWith(`${CONFIRM} `);
}

/** Takes the yes for what the run waits for; the answer says what was done. */
export function confirmedElsewhere(word: string, run: Pick<SubmittedRun, "confirm">): string {
  const job = word === CONFIRM ? undefined : word.slice(CONFIRM.length + 1);
  const confirmed = run.confirm(job);
  switch (confirmed.kind) {
    case "confirmed":
      return `${DONE} ${nameOf(confirmed.what)} goes on: ${clip(safeLine(confirmed.what.text), MOST_TEXT)}`;
    case "nothing":
      return `${NOT_DONE} nothing waits to be confirmed`;
    case "several":
      return `${NOT_DONE} several jobs hold; name one: ${namesOf(confirmed.waiting)}`;
    case "noSuchJob":
      return `${NOT_DONE} no job ${job} holds; what waits: ${namesOf(confirmed.waiting)}`;
  }
}

/** The answer of whoever carries the run; undefined: it is an older rr-submit, which knows nothing of it. */
export function readConfirmation(answer: string): Confirmation | undefined {
  const [word, ...rest] = answer.split(" ");
  return word === DONE || word === NOT_DONE ? { done: word === DONE, text: rest.join(" ") } : undefined;
}

/** An answer is one line, of a thousand characters at most. */
const MOST_NAMED = 10;
const MOST_TEXT = 500;

function namesOf(waiting: readonly Waiting[]): string {
  const more = waiting.length - MOST_NAMED;
  const names = waiting.slice(0, MOST_NAMED).map(({ job, ...slot }) => job ?? nameOf(slot));
  return [...names, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function nameOf({ slot, slotName, job }: Omit<Waiting, "text">): string {
  if (job !== undefined) return `job ${job}`;
  return slotName === undefined ? `slot ${slot}` : `slot ${slot} (${slotName})`;
}
