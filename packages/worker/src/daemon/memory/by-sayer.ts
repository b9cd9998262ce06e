/** Those who say something in one person's name: his keys, and who carries his runs. He can make more of them by himself. */
const MOST_OF_PERSON = 20;
/** By far more than there are; whoever lets people in would have to make them up. */
const MOST_PERSONS = 10_000;

/** What is kept of each who says something; nobody fills memory, or pushes others out, by having many keys or carriers. */
export class BySayer<T> {
  readonly #kept = new Map<string, T>();
  /** Of each person those who say something in his name; who was heard last is last. */
  readonly #persons = new Map<string, Set<string>>();

  get(sayer: string): T | undefined {
    return this.#kept.get(sayer);
  }

  values(): Iterable<T> {
    return this.#kept.values();
  }

  get size(): number {
    return this.#kept.size;
  }

  /**
   * Keeps something of who says something now, in place of what was kept before.
   * @param person see `personOf`
   */
  set(sayer: string, person: string, value: T): void {
    const own = this.#persons.get(person) ?? new Set<string>();
    this.#persons.delete(person);
    this.#persons.set(person, own);
    own.delete(sayer);
    own.add(sayer);
    this.#kept.set(sayer, value);
    for (const oldest of own) {
      if (own.size <= MOST_OF_PERSON) break;
      own.delete(oldest);
      this.#kept.delete(oldest);
    }
    for (const [oldest, sayers] of this.#persons) {
      if (this.#persons.size <= MOST_PERSONS) break;
      this.#persons.delete(oldest);
      for (const one of sayers) this.#kept.delete(one);
    }
  }
}
