import { randomBytes } from "node:crypto";
import { controlFunction, defined, encodeControl } from "@roadrunner/core";
import type { GearmanClient, SubmissionResult } from "@roadrunner/core/gearman";
import { nonce } from "../run-id.ts";
import type { WorkerWatch } from "./worker-watch.ts";
import type { Wrapping } from "../protect/wrapping.ts";

/** A worker that does not take a control message in this time is gone, or hangs. */
const CONTROL_TIMEOUT_MS = 10_000;
/** A run waits no longer for the workers' word that they know its owner: what they refuse is seen later. */
const ANNOUNCE_MS = 5000;
/** One that was lost on its way is sent again, a few times. */
const MOST_SENDS = 4;
const SEND_AGAIN_MS = 2000;

interface ControlOptions {
  readonly run: string;
  readonly client: string;
  readonly gearman: GearmanClient;
  readonly watch: WorkerWatch;
  readonly wrapping: Wrapping;
}

/** What is to be known by every worker that may run a task of it. */
interface Word {
  readonly message: string;
  /** Control functions that it was sent to. */
  readonly sentTo: Set<string>;
}

/** A message, and by whose word it is sent: workers end nothing that was begun by another one's. */
interface Said {
  readonly message: string;
  readonly operator: string | undefined;
}

/** Speaks to the workers by their control functions: those that the server lists and those that were heard of. */
export class ControlSender {
  readonly #options: ControlOptions;
  readonly #heardOf = new Set<string>();
  readonly #words: Word[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** It is told what all were told, if it was not there then. */
  workerSeen(worker: string): void {
    const name = controlFunction(worker);
    if (this.#heardOf.has(name)) return;
    this.#heardOf.add(name);
    for (const word of this.#words) this.#tell(name, word);
  }

  /** Tells all workers; those that were heard of at once, the others as soon as the server has listed them. */
  tell(type: "revoke" | "kill", job: string, stages?: readonly string[]): void {
    const { run, client } = this.#options;
    const word: Word = {
      message: encodeControl({ type, run, client, jobs: [job], ...defined({ stages }) }),
      sentTo: new Set(),
    };
    this.#words.push(word);
    for (const name of this.#heardOf) this.#tell(name, word);
    void this.#options.watch.controlFunctions().then((names) => {
      for (const name of names) this.#tell(name, word);
    });
  }

  /**
   * Tells the workers whose the run is, and until when: those that are there now. Whoever comes later learns it from its
   * first task. Ended when all have answered, or after a time.
   */
  async announce(stamp: { readonly epoch: number; readonly notAfterMs: number }): Promise<void> {
    const { run, client, watch } = this.#options;
    const message = encodeControl({ type: "epoch", run, client, ...stamp });
    const listed = await watch.controlFunctions();
    const names = [...new Set([...this.#heardOf, ...listed])];
    const { operators } = this.#options.wrapping;
    await Promise.all(
      names.flatMap((name) =>
        operators.map(async (operator) => this.#submit(name, { message, operator }, ANNOUNCE_MS)),
      ),
    );
  }

  /** Nothing is sent again from now on. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #tell(functionName: string, word: Word): void {
    if (word.sentTo.has(functionName)) return;
    word.sentTo.add(functionName);
    // What runs was begun by any of these.
    for (const operator of this.#options.wrapping.operators)
      this.#send(functionName, { message: word.message, operator }, 1);
  }

  #send(functionName: string, said: Said, count: number): void {
    if (this.#closed) return;
    // Whatever is answered: the tasks' own outcomes tell whether it was heard.
    void this.#submit(functionName, said, CONTROL_TIMEOUT_MS).then(({ kind }) => {
      if (kind === "complete" || count === MOST_SENDS || this.#closed) return;
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#send(functionName, said, count + 1);
      }, SEND_AGAIN_MS);
      this.#timers.add(timer);
    });
  }

  #submit(functionName: string, { message, operator }: Said, timeoutMs: number): Promise<SubmissionResult> {
    const { gearman, wrapping } = this.#options;
    const unique = `control-${nonce(16, randomBytes)}`;
    const to = { function: functionName, unique };
    const workload = wrapping.wrap("control", to, message, undefined, operator).text;
    return gearman.submit({ functionName, unique, workload, timeoutMs }).result;
  }
}
