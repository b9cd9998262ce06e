/** 100 bytes each: what one worker can take of 15 minutes' submissions, with room. */
const MAX_REMEMBERED = 1_000_000;

export type Seen = "new" | "seen" | "full";

/** Which messages a worker has taken, each for as long as it would be taken again. */
export class ReplayMemory {
  readonly #until = new Map<string, number>();
  readonly #max: number;

  constructor(max = MAX_REMEMBERED) {
    this.#max = max;
  }

  /** Remembers a message until `untilMs`; `full`: it cannot be, so it must not be taken. */
  take(identity: string, untilMs: number, nowMs: number): Seen {
    const known = this.#until.get(identity);
    if (known !== undefined && known >= nowMs) return "seen";
    if (this.#until.size >= this.#max) this.#prune(nowMs);
    if (this.#until.size >= this.#max) return "full";
    this.#until.delete(identity);
    this.#until.set(identity, untilMs);
    this.#pruneOldest(nowMs);
    return "new";
  }

  get size(): number {
    return this.#until.size;
  }

  /** They come nearly in the order in which they end: usually the first ones are the over ones. */
  #pruneOldest(nowMs: number): void {
    for (const [oldest, untilMs] of this.#until) {
      if (untilMs >= nowMs) break;
      this.#until.delete(oldest);
    }
  }

  #prune(nowMs: number): void {
    for (const [unique, untilMs] of this.#until) if (untilMs < nowMs) this.#until.delete(unique);
  }
}
