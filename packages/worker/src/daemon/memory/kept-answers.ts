import type { OutcomeMessage } from "@roadrunner/core";

/**
 * Whether an answer tells what a command did. One that says that its delivery never began tells nothing of others,
 * to which the job server may have led meanwhile: whoever asks again must look again.
 */
export function isWorthKeeping({ outcome }: Pick<OutcomeMessage, "outcome">): boolean {
  return outcome !== "skipped" && outcome !== "unreachable" && outcome !== "refused";
}

/** Answers that hold much output are not kept without end: the oldest go first. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

interface Kept {
  readonly answer: string;
  readonly untilMs: number;
}

/**
 * Answers whose Gearman connection was gone before they could be sent. When the same task comes again within
 * `keepMs`, it is answered and not run. `nowMs` is the worker's monotonic clock.
 */
export class KeptAnswers {
  readonly #kept = new Map<string, Kept>();
  readonly #keepMs: number;
  #bytes = 0;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** @param key see `workKey` */
  keep(key: string, answer: string, nowMs: number): void {
    this.#drop(key);
    this.#kept.set(key, { answer, untilMs: nowMs + this.#keepMs });
    this.#bytes += answer.length;
    for (const [oldest, { untilMs }] of this.#kept) {
      if (untilMs > nowMs && this.#bytes <= MAX_KEPT_BYTES) break;
      this.#drop(oldest);
    }
  }

  /** The answer to this work, if there is one; it is forgotten by this. */
  take(key: string, nowMs: number): string | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#drop(key);
    return kept.untilMs > nowMs ? kept.answer : undefined;
  }

  get size(): number {
    return this.#kept.size;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= kept.answer.length;
  }
}
