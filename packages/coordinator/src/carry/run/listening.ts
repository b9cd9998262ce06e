import type { Result, RunEvent, RunPlan } from "@roadrunner/core";
import type { Log } from "@roadrunner/core/service";
import type { SubmittedRun } from "@roadrunner/engine";
import { confirmationOf, type Confirmation } from "@roadrunner/engine/words";
import type { Word } from "../../store/store.ts";
import type { HeldSignature } from "../kept/signed-runs.ts";
import type { Hurry } from "./hurry.ts";
import type { Stops } from "./stops.ts";
import type { WrittenWaits } from "./written-waits.ts";

/** Who asks for something waits so long for it to be written down. */
const WRITE_MS = 5000;

/** What of a run whatever is said to it has to do with. */
interface Heard {
  readonly run: string;
  readonly log: Log;
  readonly stops: Stops;
  readonly hurry: Hurry;
  readonly waits: WrittenWaits;
  readonly signature: HeldSignature;
  /** Its plan was signed anew, and that counts. @param by as `signedBy` of events has it */
  readonly onSigned: (by: string) => void;
  readonly plan: () => Promise<Result<RunPlan, string>>;
  /** `submitted` is absent where it does not go on, and `waitsFor` says why. */
  readonly now: () => {
    readonly submitted: SubmittedRun | undefined;
    readonly waitsFor: string | undefined;
  };
}

/** Does with a run what is said to it. Answers say in a sentence what was done; it is written down then, or they say that it is not. */
export class Listening {
  readonly #of: Heard;

  constructor(of: Heard) {
    this.#of = of;
  }

  async hear({ kind, job, by }: Pick<Word, "kind" | "job" | "by">): Promise<Confirmation> {
    switch (kind) {
      case "stop":
      case "kill":
        return { done: true, text: await this.#stop(kind, by) };
      case "confirm":
        return this.#confirm(job, "yes", by);
      case "refuse":
        return this.#confirm(job, "no", by);
      case "sign":
        return this.#signedAnew();
    }
  }

  async #stop(word: "stop" | "kill", by?: string): Promise<string> {
    const { run, log, stops, hurry, now } = this.#of;
    const { text, stop } = stops.ask(word, by);
    if (stop === undefined) return text;
    log.info("a run is to stop", { run, how: stop.how });
    const { submitted } = now();
    // One that waits goes on for it: what is to stop needs no worker, if nothing runs.
    if (submitted === undefined) hurry.wake();
    else submitted.stop(stop.how, stop.reason);
    return this.#onceWritten((event) => event.type === "run.stopping" && event.how === stop.how, text);
  }

  /** @param by who answers; absent: whoever owns the socket, and does not say who that is */
  async #confirm(
    job: string | undefined,
    answer: "yes" | "no",
    by = "the coordinator's socket",
  ): Promise<Confirmation> {
    const { submitted, waitsFor } = this.#of.now();
    if (submitted === undefined)
      return {
        done: false,
        text: `it does not go on just now (${waitsFor ?? "it is being taken over"}); try again`,
      };
    const confirmed = confirmationOf(submitted.confirm(job, answer, by), job, answer);
    if (!confirmed.done) return confirmed;
    return { done: true, text: await this.#onceWritten(isAnswer, confirmed.text) };
  }

  async #signedAnew(): Promise<Confirmation> {
    const { signature, hurry, now } = this.#of;
    const plan = await this.#of.plan();
    const had = signature.plans !== undefined;
    const signed = plan.ok ? await signature.load(plan.value) : plan;
    if (!signed.ok) return { done: false, text: signed.error };
    if (signed.value === undefined) return { done: false, text: "nobody signed its plan" };
    const { submitted } = now();
    if (!had && submitted !== undefined)
      return {
        done: true,
        text: "it is signed; that counts when the run goes on again (stop it, and resume it)",
      };
    this.#of.onSigned(signed.value.signedBy);
    if (submitted === undefined) hurry.wake();
    else submitted.renewed();
    return { done: true, text: `it may go on until ${new Date(signature.untilMs).toISOString()}` };
  }

  async #onceWritten(isMeant: (event: RunEvent) => boolean, text: string): Promise<string> {
    const written = await this.#of.waits.until(isMeant, WRITE_MS);
    return written ? text : `${text}; it is not written down yet, and is lost if this coordinator dies now`;
  }
}

/** What follows from an answer. */
function isAnswer({ type }: RunEvent): boolean {
  return ["job.confirmed", "slot.started", "run.stopping", "run.ended"].includes(type);
}
