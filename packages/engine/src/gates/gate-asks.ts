import { defined, judgeGate, type GateAnswer, type GateRef } from "@roadrunner/core";
import type { GearmanClient, Priority, Submission, SubmissionResult } from "@roadrunner/core/gearman";
import { Disbelief } from "../answers/disbelief.ts";
import { lossOf } from "../answers/loss-of.ts";
import { AskAnswers, type AskAnswer } from "./ask-answers.ts";
import { writtenAsk, type AskingRun, type WrittenAsk } from "./written-ask.ts";

/** Later than whoever asked has given it up: only so that nothing of it stays in flight. */
const GIVEN_UP_MS = 30_000;

interface AskOptions extends AskingRun {
  readonly gearman: GearmanClient;
  readonly priority?: Priority;
  onAnswer(gate: GateRef, ask: number, answer: GateAnswer): void;
  onWarning(text: string): void;
}

/**
 * Asks workers what they find of gates, and judges it. Each ask has one answer: where none can be had it is at once an
 * inconclusive one that says why.
 */
export class GateAsks {
  readonly #options: AskOptions;
  /** By gate: at most one each. */
  readonly #inFlight = new Map<string, Submission>();
  readonly #disbelief = new Disbelief();
  #stopped = false;

  constructor(options: AskOptions) {
    this.#options = options;
  }

  ask(gate: GateRef, ask: number): void {
    if (this.#stopped) return;
    const { gearman, priority } = this.#options;
    const key = keyOfGate(gate);
    this.#inFlight.get(key)?.abandon("it is asked anew");
    const written = writtenAsk(this.#options, gate, ask);
    const answers = new AskAnswers(written, performance.now());
    const sent = gearman.submit({
      functionName: written.functionName,
      unique: written.unique,
      workload: written.wrapped.text,
      timeoutMs: written.gate.timeoutMs + GIVEN_UP_MS,
      onData: (chunk) => this.#progress(written, answers, chunk),
      ...defined({ priority }),
    });
    this.#inFlight.set(key, sent);
    void sent.result.then((result) => {
      // Else it was asked anew, or nobody wants to know any more.
      if (this.#inFlight.get(key) !== sent) return;
      this.#inFlight.delete(key);
      this.#answered(gate, ask, written, answerIn(result, answers));
    });
  }

  /** Nothing is asked any more, and no answer counts. */
  stop(): void {
    this.#stopped = true;
    const left = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const sent of left) sent.abandon("nobody wants to know any more");
  }

  #progress({ gate }: WrittenAsk, answers: AskAnswers, chunk: Buffer): void {
    for (const news of answers.progress(chunk, performance.now())) {
      if (this.#stopped) return;
      if (news.type === "warning") this.#options.onWarning(news.text);
      else if (news.type === "misdirected") this.#misdirected(gate.name, news.reason);
    }
  }

  #answered(gate: GateRef, ask: number, written: WrittenAsk, answer: AskAnswer): void {
    const options = this.#options;
    const { reading, worker, warning, disbelieved } = answer;
    const { name } = written.gate;
    if (warning !== undefined) options.onWarning(warning);
    if (reading.kind === "none" && disbelieved === "misdirected") this.#misdirected(name, reading.reason);
    else if (reading.kind === "none" && disbelieved === "unread") this.#disbelieve(name, reading.reason);
    options.onAnswer(gate, ask, { ...judgeGate(written.gate, reading), ...defined({ worker }) });
  }

  /** Whose the answers are on this connection, nobody knows. */
  #misdirected(gate: string, reason: string): void {
    this.#disbelieve(gate, reason);
    this.#options.gearman.distrust(reason);
  }

  #disbelieve(gate: string, reason: string): void {
    const warning = this.#disbelief.of(`gate ${gate}`, reason);
    if (warning !== undefined) this.#options.onWarning(warning);
  }
}

function answerIn(result: SubmissionResult, answers: AskAnswers): AskAnswer {
  switch (result.kind) {
    case "complete":
      return answers.end(result.data, Date.now());
    case "rejected":
      return { reading: { kind: "none", reason: result.reason } };
    default:
      return { reading: { kind: "none", reason: lossOf(result) } };
  }
}

function keyOfGate({ phase, slot, job, gate }: GateRef): string {
  return `${phase}/${slot}/${job}/${gate}`;
}
