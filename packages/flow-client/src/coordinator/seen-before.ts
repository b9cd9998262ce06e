import { fail, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";
import type { SignedText } from "@roadrunner/core/signing";
import { earlierWord } from "@roadrunner/engine";

/** In place of a key: nobody has signed it. */
const NOBODY = "nobody";

export interface ToldRun {
  readonly run: string;
  readonly plan: RunPlan;
  readonly events: readonly RunEvent[];
}

/**
 * The highest attempt that there has been of a run that a coordinator tells of, if its plan may be signed anew: that is
 * what its operator signed before. Else a coordinator that was taken would show another plan, and have it signed.
 * @param before what was signed of it, as the coordinator keeps it
 * @param own the key that is to sign, `SHA256:…`
 * @param trusted whose earlier word counts as the own one does; undefined: nobody else's
 */
export function pastAttemptsOf(
  { run, plan, events }: ToldRun,
  before: SignedText | undefined,
  { own, trusted }: { readonly own: string; readonly trusted: string | undefined },
): Result<number, string> {
  const highest = highestAttempt(events);
  if (before === undefined)
    return trusted === NOBODY
      ? succeed(highest)
      : fail(
          `nobody has signed the plan of run ${run} yet, so nothing but the coordinator's word says what it is: ` +
            (events.length === 0
              ? `it has not begun, and cannot be looked at; stop it (rr-submit stop ${run}) and hand it over anew, signed, or trust the coordinator: --signed-by ${NOBODY}`
              : `look at it (rr-submit report ${run}), then sign it with --signed-by ${NOBODY}`),
        );
  const word = earlierWord(before, { run, plan });
  if (!word.ok)
    return fail(
      `the plan of run ${run} is not signed anew: what was signed of it before ${word.error}. ` +
        "The coordinator may have been tampered with: look at its box, and run the flow as a new run",
    );
  const { by, mostAttempts } = word.value;
  if (by !== own && by !== trusted)
    return fail(
      `the plan of run ${run} was signed by another key than yours, ${by}: ` +
        `if you take that one's word for it, sign it with --signed-by ${by}`,
    );
  return highest <= mostAttempts
    ? succeed(highest)
    : fail(
        `the plan of run ${run} is not signed anew: the coordinator tells of attempt ${highest}, and at most ${mostAttempts} were signed. ` +
          "It may have been tampered with: look at its box, and run the flow as a new run",
      );
}

function highestAttempt(events: readonly RunEvent[]): number {
  let highest = 0;
  for (const event of events)
    if (event.type === "task.asked" || event.type === "task.ended")
      highest = Math.max(highest, event.attempt);
  return highest;
}
