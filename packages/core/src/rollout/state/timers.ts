/** A time at which something is due; cancelled ones are dropped when they come up. */
export interface Timer<What> {
  readonly at: number;
  readonly what: What;
  cancelled: boolean;
}

/** A binary heap of timers. Equal times come up in the order in which they were added. */
export class Timers<What> {
  readonly #heap: { timer: Timer<What>; order: number }[] = [];
  #added = 0;

  add(at: number, what: What): Timer<What> {
    const timer = { at, what, cancelled: false };
    this.#heap.push({ timer, order: this.#added++ });
    this.#rise(this.#heap.length - 1);
    return timer;
  }

  /** The time of the earliest timer that still stands. */
  earliest(): number | undefined {
    while (this.#heap[0]?.timer.cancelled === true) this.#dropFirst();
    return this.#heap[0]?.timer.at;
  }

  /** Takes out the earliest timer that is due at `now`. */
  takeDue(now: number): What | undefined {
    const at = this.earliest();
    if (at === undefined || at > now) return undefined;
    return this.#dropFirst()?.what;
  }

  #dropFirst(): Timer<What> | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first?.timer;
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#inOrder(parent, index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let first = index;
      if (left < this.#heap.length && !this.#inOrder(first, left)) first = left;
      if (right < this.#heap.length && !this.#inOrder(first, right)) first = right;
      if (first === index) return;
      this.#swap(first, index);
      index = first;
    }
  }

  #inOrder(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return true;
    return one.timer.at - other.timer.at < 0 || (one.timer.at === other.timer.at && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
