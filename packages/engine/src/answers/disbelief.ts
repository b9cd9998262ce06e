/** Counts answers that are not believed: the first one is told, and then the 10th, the 100th and so on. */
export class Disbelief {
  #count = 0;

  /** What to tell of this one, if anything. */
  of(host: string, reason: string): string | undefined {
    this.#count += 1;
    if (this.#count === 1) return `${host}: an answer is not believed: ${reason}`;
    if (!/^10+$/.test(String(this.#count))) return undefined;
    return `${this.#count} answers were not believed by now; the last one, for ${host}: ${reason}`;
  }
}
