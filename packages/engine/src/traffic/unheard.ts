import type { Submission } from "@roadrunner/core/gearman";

type Job = Pick<Submission, "abandon" | "askHandedOut">;

/**
 * A withdrawal and a kill say nothing before their end: so often they try to reach the host, and so long they take on it.
 */
const TRIES = 4;
const ORDER_MS = 60_000;
/** A busy worker, or a busy network, may be late with one or two. */
const MISSED_SIGNS = 3;

/** What a worker says of itself when it starts a task. */
interface Started {
  readonly worker: string;
  /** Absent: it gives none. */
  readonly signOfLifeMs?: number | undefined;
}

export interface Owed {
  readonly connectTimeoutMs: number;
  readonly lostTimeoutMs: number;
  readonly order?: "run" | "withdraw" | "kill" | undefined;
  /** Whoever had the task before said nothing. */
  readonly silentBefore?: boolean | undefined;
}

/**
 * For how long the worker of a submission has said nothing. It owes a word, that it starts or how it ended, as soon as it
 * has reached the host, and from its start on a sign of life now and then; half of `lostTimeoutMs` later it is taken to
 * hang, so that the task is asked for once more before it is given up. What waits in the job server's queue may do so for
 * as long as the workers are busy; not so if one had the task before and said nothing: that one may be all there is.
 */
export class Unheard {
  readonly #owedMs: number;
  readonly #graceMs: number;
  readonly #countsInQueue: boolean;
  #counts: boolean;
  #heldMs = 0;
  #started: Started | undefined;
  #isSilent = false;
  #job: Job | undefined;

  constructor({ connectTimeoutMs, lostTimeoutMs, order = "run", silentBefore = false }: Owed) {
    this.#owedMs = order === "run" ? connectTimeoutMs : TRIES * connectTimeoutMs + ORDER_MS;
    this.#graceMs = lostTimeoutMs / 2;
    this.#countsInQueue = silentBefore;
    this.#counts = silentBefore;
  }

  /** Of one that is given up: what of its silence counts towards `lostTimeoutMs`. */
  get silentMs(): number | undefined {
    return this.#isSilent ? this.#graceMs : undefined;
  }

  sentAs(job: Job): void {
    this.#job = job;
  }

  /** Its worker said something. */
  heard(): void {
    if (this.#started !== undefined) this.#heldMs = 0;
  }

  /** A worker said that it starts it. */
  startedBy(started: Started): void {
    this.#started = started;
    this.#counts = started.signOfLifeMs !== undefined;
    this.#heldMs = 0;
  }

  /** Its worker says nothing for longer than it may. */
  get isOverdue(): boolean {
    return this.#heldMs > this.#silenceMs + this.#graceMs;
  }

  /** Without a word for so long there is reason to ask. */
  get #silenceMs(): number {
    return this.#started === undefined ? this.#owedMs : MISSED_SIGNS * (this.#started.signOfLifeMs ?? 0);
  }

  /** So much more time has passed. As long as it is not known that a worker has it the job server is asked. */
  look(passedMs: number): void {
    if (this.#counts) this.#heldMs += passedMs;
    if (this.#started !== undefined) {
      if (this.#counts && this.#heldMs > this.#silenceMs) this.#job?.askHandedOut(this.#isHandedOut);
    } else if (!this.#counts) this.#job?.askHandedOut((isHandedOut) => (this.#counts ||= isHandedOut));
  }

  /** A job server that lost the worker may have put it back into its queue, where it waits for another one. */
  readonly #isHandedOut = (isHandedOut: boolean): void => {
    if (isHandedOut || this.#started === undefined) return;
    this.#started = undefined;
    this.#counts = this.#countsInQueue;
    this.#heldMs = 0;
  };

  /** It is lost. */
  giveUp(): void {
    if (this.#isSilent) return;
    this.#isSilent = true;
    this.#job?.abandon(silence(this.#heldMs, this.#started?.worker));
  }
}

function silence(ms: number, worker: string | undefined): string {
  const seconds = Math.round(ms / 1000);
  if (worker !== undefined)
    return `no sign of life in ${seconds} s of worker ${worker}, which has it; look for one that hangs (rr-submit status)`;
  return `no word in ${seconds} s of the worker that took it, which may start it or have started it; look for one that hangs (rr-submit status)`;
}
