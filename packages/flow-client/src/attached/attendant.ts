import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent, RunPlan } from "@roadrunner/core";
import { Questions, type Answer, type Asked } from "@roadrunner/engine";
import { ask, askLine, canAsk } from "../carry/question.ts";
import type { CoordinatorRun } from "../known-runs/index.ts";
import { safeLine } from "../reporters/text/safe-text.ts";
import type { RunViews } from "../screen/run-views.ts";
import { EXIT } from "../usage/exit-codes.ts";
import { say } from "../usage/say.ts";
import { OpenQuestions } from "./open-questions.ts";

/** A slot that starts without a question starts with the same decision in which the one before it ends. */
const GRACE_MS = 300;

interface AttendantOptions {
  readonly known: CoordinatorRun;
  readonly plan: RunPlan;
  readonly views: RunViews;
  readonly stdinIsRead: boolean;
}

/**
 * Whoever sits before the view of a run that a coordinator carries: is asked what the run waits for, and says it to the
 * coordinator; leaves the run, or stops it, by Ctrl-C.
 */
export class Attendant {
  readonly #options: AttendantOptions;
  readonly #questions: Questions;
  readonly #seen: OpenQuestions;
  readonly #asked = new Set<string>();
  readonly #leaving = new AbortController();
  readonly #over = new AbortController();
  /** Whoever has the terminal frees it at last. */
  #terminal: Promise<unknown> = Promise.resolve();
  #isPrompting = false;
  #isStopped = false;

  constructor(options: AttendantOptions) {
    this.#options = options;
    this.#seen = new OpenQuestions(options.plan);
    this.#questions = new Questions({
      plan: options.plan,
      operator: { confirm: async (text, gone) => this.#confirm(text, gone) },
      onAnswer: (asked, answer) => void this.#answered(asked, answer),
      onWaits: () => undefined,
    });
    process.on("SIGINT", this.#onInterrupt);
    process.on("SIGTERM", this.#onTerminate);
  }

  /** Aborted when the operator leaves the run to the coordinator. */
  get left(): AbortSignal {
    return this.#leaving.signal;
  }

  heard(events: readonly RunEvent[]): void {
    this.#seen.heard(events);
    this.#questions.heard(events);
    const open = this.#seen.open;
    for (const key of this.#asked) if (!open.some((asked) => keyOf(asked) === key)) this.#asked.delete(key);
    for (const asked of open) if (!this.#asked.has(keyOf(asked))) void this.#ask(asked);
  }

  /** The run is over, or is left. */
  end(): void {
    this.#questions.end();
    this.#over.abort("the run is over here");
    process.off("SIGINT", this.#onInterrupt);
    process.off("SIGTERM", this.#onTerminate);
  }

  async #ask(asked: Asked): Promise<void> {
    this.#asked.add(keyOf(asked));
    if (asked.job === undefined) await sleep(GRACE_MS);
    if (!this.#over.signal.aborted && this.#asked.has(keyOf(asked))) this.#questions.ask(asked);
  }

  async #confirm(text: string, gone: AbortSignal): Promise<Answer> {
    const { views, stdinIsRead } = this.#options;
    if (!canAsk(stdinIsRead)) return "nobody";
    return this.#withTerminal(async () => {
      if (gone.aborted) return "nobody";
      return ask(safeLine(text), stdinIsRead, { gone, onShown: (shown) => views.beside(shown) });
    });
  }

  async #answered(asked: Asked, answer: Answer): Promise<void> {
    const { known, plan } = this.#options;
    const job = asked.job === undefined ? undefined : plan[asked.phase][asked.slot]?.jobs[asked.job]?.name;
    if (answer === "nobody") {
      // Of a slot a warning of the run tells it.
      if (job !== undefined)
        say(`It waits: ${safeLine(asked.text)} Say yes: rr-submit confirm ${known.run} ${job}${known.word}`);
      return;
    }
    if (answer === "stop") await this.#prompt();
    else {
      const told = await known.confirm(job, answer === "yes");
      if (told.code === EXIT.succeeded) return;
      say(...told.lines);
    }
    // It waits still, if nothing was heard of it meanwhile.
    if (!this.left.aborted && this.#asked.has(keyOf(asked))) this.#questions.ask(asked);
  }

  readonly #onInterrupt = (): void => {
    if (!canAsk(this.#options.stdinIsRead)) this.#leave();
    else void this.#prompt();
  };

  readonly #onTerminate = (): void => this.#leave();

  /** What is to become of the run. */
  async #prompt(): Promise<void> {
    if (this.#isPrompting || this.left.aborted) return;
    this.#isPrompting = true;
    const { views, stdinIsRead, known } = this.#options;
    const stop = this.#isStopped ? "s: kill what runs on its hosts" : "s: stop it";
    const written = `d: detach (it goes on), ${stop}, Enter: stay > `;
    const said = await this.#withTerminal(async () =>
      askLine(written, stdinIsRead, {
        gone: this.#over.signal,
        onShown: (shown) => views.beside(shown),
      }),
    );
    this.#isPrompting = false;
    if (this.#over.signal.aborted) return;
    // Ctrl-C once more, or a terminal that went away: the safe one.
    if (typeof said === "string" || /^d/i.test(said.line)) return this.#leave();
    if (!/^s/i.test(said.line)) return;
    const told = await known.stop();
    this.#isStopped ||= told.code === EXIT.succeeded;
    say(...told.lines);
  }

  #leave(): void {
    this.#leaving.abort();
  }

  /** One question at a time, and no line of the view in it. */
  async #withTerminal<T>(question: () => Promise<T>): Promise<T> {
    const { views } = this.#options;
    const before = this.#terminal;
    const asked = before.then(async () => {
      views.pause();
      try {
        return await question();
      } finally {
        views.resume();
      }
    });
    this.#terminal = asked.catch(() => undefined);
    return asked;
  }
}

function keyOf({ phase, slot, job }: Asked): string {
  return `${phase}/${slot}/${job ?? ""}`;
}
