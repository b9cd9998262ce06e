import type { Submission } from "@roadrunner/core/gearman";

type Job = Pick<Submission, "abandon" | "askHandedOut">;

/**
 * A withdrawal and a kill say nothing before their end: so often they try to reach the host, and so long they take on it.
 */
const TRIES = 4;
const ORDER_MS = 60_000;

export interface Owed {
  readonly connectTimeoutMs: number;
  readonly lostTimeoutMs: number;
  readonly order?: "run" | "withdraw" | "kill" | undefined;
  /** Whoever had the task before said nothing. */
  readonly silentBefore?: boolean | undefined;
}

/**
 * For how long a worker has had a submission of which none has said a word. It owes one, that it starts or how it ended,
 * as soon as it has reached the host; half of `lostTimeoutMs` later it is taken to hang, so that the task is asked for
 * once more before it is given up. What waits in the job server's queue may do so for as long as the workers are busy;
 * not so if one had the task before and said nothing: that one may be all there is.
 */
export class Unheard {
  readonly #mostMs: number;
  readonly #graceMs: number;
  #counts: boolean;
  #heldMs = 0;
  #isSilent = false;
  #job: Job | undefined;

  constructor({ connectTimeoutMs, lostTimeoutMs, order = "run", silentBefore = false }: Owed) {
    const reachMs = order === "run" ? connectTimeoutMs : TRIES * connectTimeoutMs + ORDER_MS;
    this.#graceMs = lostTimeoutMs / 2;
    this.#mostMs = reachMs + this.#graceMs;
    this.#counts = silentBefore;
  }

  /** Of one that is given up: what of its silence counts towards `lostTimeoutMs`. */
  get silentMs(): number | undefined {
    return this.#isSilent ? this.#graceMs : undefined;
  }

  sentAs(job: Job): void {
    this.#job = job;
  }

  /** Its worker says nothing for longer than it may. */
  get isOverdue(): boolean {
    return this.#heldMs > this.#mostMs;
  }

  /** So much more time has passed. As long as it is not known that a worker has it the job server is asked. */
  look(passedMs: number): void {
    if (this.#counts) this.#heldMs += passedMs;
    else this.#job?.askHandedOut((isHandedOut) => (this.#counts ||= isHandedOut));
  }

  /** It is lost. */
  giveUp(): void {
    if (this.#isSilent) return;
    this.#isSilent = true;
    this.#job?.abandon(silence(this.#heldMs));
  }
}

function silence(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `no word in ${seconds} s of the worker that took it, which may start it or have started it; look for one that hangs (rr-submit status)`;
}
