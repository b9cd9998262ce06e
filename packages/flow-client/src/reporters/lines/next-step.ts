import {
  isFailure,
  notConfirmed,
  OUTCOMES,
  type OutcomeCounts,
  type RunEvent,
  type RunPlan,
  type Verdict,
} from "@roadrunner/core";
import { safeLine } from "../text/safe-text.ts";
import { outcomeWord } from "../text/task-line.ts";

/** What an operator does next with a run that did not succeed, from its events. */
export class NextStep {
  #ended: { readonly verdict: Verdict; readonly counts: OutcomeCounts } | undefined;
  #stopped: string | undefined;
  /** `SLOT/JOB` of jobs that undo others. */
  readonly #undoes: ReadonlySet<string>;
  /** Something was undone, and it was stopped before all of it was. */
  #isUndone = false;
  #isLeft = false;
  /** Jobs of which a gate has failed; one of them has ended before its last host began. */
  readonly #red = new Set<string>();
  #isHeldUp = false;

  constructor({ slots, finally: last }: Pick<RunPlan, "slots" | "finally">) {
    this.#undoes = new Set(
      [...slots, ...last].flatMap(({ jobs }, index) =>
        jobs.flatMap(({ name, undoes }) => (undoes === undefined ? [] : [`${index + 1}/${name}`])),
      ),
    );
  }

  heard(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.type === "run.stopping") this.#stopped ??= event.reason;
      if (event.type === "run.resumed") {
        this.#stopped = undefined;
        this.#isUndone = false;
        this.#isLeft = false;
        this.#isHeldUp = false;
      }
      if (event.type === "gate.answered" && event.answer === "fail") this.#red.add(nameOf(event));
      if (event.type === "job.started") this.#red.delete(nameOf(event));
      if (event.type === "job.ended" && event.verdict === "failed" && this.#red.has(nameOf(event)))
        this.#isHeldUp ||= event.counts.skipped > 0;
      if ("job" in event && this.#undoes.has(nameOf(event))) {
        this.#isUndone = true;
        this.#isLeft = event.type === "job.ended" && event.verdict === "cancelled";
      }
      if (event.type === "run.ended") this.#ended = event;
    }
  }

  /** None where the run succeeded, or has not ended. */
  lines(run: string): readonly string[] {
    if (this.#ended === undefined || this.#ended.verdict === "succeeded") return [];
    const { verdict, counts } = this.#ended;
    const stopped = this.#stopped === undefined ? [] : [`${stopText(this.#stopped)}: ${countsText(counts)}.`];
    const again = OUTCOMES.filter(
      (outcome) => counts[outcome] > 0 && (isFailure(outcome) || outcome === "cancelled"),
    );
    // Those that were killed are taken again only when they are named, and nobody else is left to go on with.
    const isOver = counts.skipped === 0 && counts.cancelled > 0;
    const them = isOver ? ` --retry ${again.join(",")}` : "";
    if (verdict === "cancelled") return [[...stopped, `Go on: rr-submit resume ${run}${them}`].join(" ")];
    if (this.#isLeft)
      return [...stopped, `Look: rr-submit report ${run}; go on with the undo: rr-submit resume ${run}`];
    // Hosts that were undone, and those that a gate has kept from it, are taken whatever is named.
    const named = again.length === 0 && (this.#isUndone || this.#isHeldUp) ? ["failed"] : again;
    const retry =
      named.length === 0 ? "" : `; when it is mended: rr-submit resume ${run} --retry ${named.join(",")}`;
    return [...stopped, `Look: rr-submit report ${run}${retry}`];
  }
}

function nameOf({ slot, job }: { readonly slot: number; readonly job: string }): string {
  return `${slot}/${job}`;
}

function stopText(reason: string): string {
  return reason.startsWith(notConfirmed()) ? safeLine(reason) : `stopped by ${safeLine(reason)}`;
}

/** "25 ok, 1 failed, 104 never started". */
function countsText(counts: OutcomeCounts): string {
  return OUTCOMES.filter((outcome) => outcome === "ok" || counts[outcome] > 0)
    .map((outcome) => `${counts[outcome]} ${outcome === "skipped" ? "never started" : outcomeWord(outcome)}`)
    .join(", ");
}
