import { defined, type RunEvent } from "@roadrunner/core";
import { killAsked, NO_PRESS, stopAsked, type Presses } from "@roadrunner/engine/words";

export interface Stop {
  readonly how: "drain" | "kill";
  /** Who wanted it, for the run's events. */
  readonly reason: string;
  /** By his login. */
  readonly by?: string;
}

/** How often it was asked that a run stop. */
export class Stops {
  #presses: Presses = NO_PRESS;
  #reason = "rr-submit stop";
  #by: string | undefined;

  /** What was asked before this coordinator had the run, by what is written of it. */
  recall(events: readonly RunEvent[]): void {
    const last = events.findLast(({ type }) => type === "run.stopping" || type === "run.resumed");
    // Whoever has it go on wants it to go on.
    if (last?.type !== "run.stopping") return;
    const before = this.#presses.count;
    const count = Math.max(before, last.how === "kill" ? 2 : 1);
    if (count > before) this.#reason = last.reason;
    this.#presses = { count, lastMs: Number.NEGATIVE_INFINITY };
  }

  /** Once more; the answer, and what is to be done, if something is. @param by who is logged in */
  ask(word: "stop" | "kill", by?: string): { readonly text: string; readonly stop?: Stop } {
    const asked = (word === "stop" ? stopAsked : killAsked)(this.#presses, performance.now());
    this.#presses = asked.presses;
    if (asked.how === undefined) return { text: asked.text };
    this.#by = by;
    const again = word === "stop" && asked.how === "kill" ? ", again" : "";
    const who = by === undefined ? "" : again === "" ? ` by ${by}` : `, by ${by}`;
    this.#reason = `rr-submit ${word}${again}${who}`;
    return { text: asked.text, stop: { how: asked.how, reason: this.#reason, ...defined({ by }) } };
  }

  /** What is wanted of a run that goes on here from now. */
  get wanted(): Stop | undefined {
    const { count } = this.#presses;
    return count === 0
      ? undefined
      : { how: count >= 2 ? "kill" : "drain", reason: this.#reason, ...defined({ by: this.#by }) };
  }
}
