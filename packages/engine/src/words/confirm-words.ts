import { safeLine } from "@roadrunner/core/safe-text";
import type { ConfirmedElsewhere, Waiting } from "../run/questions.ts";

/** What became of a yes, as whoever carries the run says. */
export interface Confirmation {
  readonly done: boolean;
  /** One line, of a thousand characters at most. */
  readonly text: string;
}

/** @param job that was named */
export function confirmationOf(
  confirmed: ConfirmedElsewhere,
  job: string | undefined,
  answer: "yes" | "no" = "yes",
): Confirmation {
  switch (confirmed.kind) {
    case "confirmed":
      return {
        done: true,
        text:
          answer === "yes"
            ? `${nameOf(confirmed.what)} goes on: ${clip(safeLine(confirmed.what.text))}`
            : `${nameOf(confirmed.what)} does not go on: ${clip(safeLine(confirmed.what.text))}`,
      };
    case "nothing":
      return { done: false, text: "nothing waits to be confirmed" };
    case "several":
      return { done: false, text: `several jobs hold; name one: ${namesOf(confirmed.waiting)}` };
    case "noSuchJob":
      return { done: false, text: `no job ${job} holds; what waits: ${namesOf(confirmed.waiting)}` };
  }
}

const MOST_NAMED = 10;
const MOST_TEXT = 500;

function clip(line: string): string {
  return line.length <= MOST_TEXT ? line : `${line.slice(0, MOST_TEXT - 1)}…`;
}

function namesOf(waiting: readonly Waiting[]): string {
  const more = waiting.length - MOST_NAMED;
  const names = waiting.slice(0, MOST_NAMED).map(({ job, ...slot }) => job ?? nameOf(slot));
  return [...names, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function nameOf({ slot, slotName, job }: Omit<Waiting, "text">): string {
  if (job !== undefined) return `job ${job}`;
  return slotName === undefined ? `slot ${slot}` : `slot ${slot} (${slotName})`;
}
