import type { Result } from "@roadrunner/core";
import type { Written } from "./ports.ts";

/** What is done in order; a `yield` waits until what it yields is written, and is given what became of that. */
export type Steps<Value = void> = Generator<Written, Value, Result<void, string>>;

/**
 * One turn at a time, in the order in which they were taken: what a turn brings about waits until it is done. Where
 * writing takes no time, a turn that finds no other is done when `take` returns.
 */
export class Turns<Item> {
  readonly #together: (items: readonly Item[]) => Steps | undefined;
  readonly #onIdle: () => void;
  #waiting: (() => Steps | undefined)[] = [];
  /** What the turn that waits last takes together; undefined: it is another turn, or none waits. */
  #gathered: Item[] | undefined;
  #busy = false;

  /**
   * @param together the turn for what was gathered
   * @param onIdle nothing waits any more
   */
  constructor(together: (items: readonly Item[]) => Steps | undefined, onIdle: () => void) {
    this.#together = together;
    this.#onIdle = onIdle;
  }

  take(turn: () => Steps | undefined): void {
    this.#gathered = undefined;
    this.#waiting.push(turn);
    if (!this.#busy) this.#goOn();
  }

  /**
   * Takes a turn for this item; where that has to wait, what is gathered meanwhile goes into the same turn. So the journal
   * is asked as often as it can answer, and not once for each host.
   */
  gather(item: Item): void {
    if (this.#gathered !== undefined) {
      this.#gathered.push(item);
      return;
    }
    const gathered = [item];
    let isBegun = false;
    this.take(() => {
      isBegun = true;
      if (this.#gathered === gathered) this.#gathered = undefined;
      return this.#together(gathered);
    });
    if (!isBegun) this.#gathered = gathered;
  }

  #goOn(): void {
    this.#busy = true;
    let later: Promise<void> | undefined;
    try {
      later = this.#untilOneWaits();
    } finally {
      if (later === undefined) {
        this.#waiting = [];
        this.#busy = false;
      }
    }
    if (later === undefined) this.#onIdle();
    else void later.then(() => this.#goOn());
  }

  #untilOneWaits(): Promise<void> | undefined {
    const turns = this.#waiting;
    // By index: withdrawing a large job takes a turn for each of its hosts, and shift() is linear.
    for (let index = 0; index < turns.length; index += 1) {
      const later = run(turns[index]?.());
      if (later === undefined) continue;
      this.#waiting = turns.slice(index + 1);
      return later;
    }
    return undefined;
  }
}

/** Does all steps; a promise where some of them have to wait. */
export function run(steps: Steps | undefined): Promise<void> | undefined {
  for (let step = steps?.next(); step?.done === false;) {
    const written = step.value;
    if (written instanceof Promise) return rest(steps, written);
    step = steps?.next(written);
  }
  return undefined;
}

async function rest(steps: Steps | undefined, written: Promise<Result<void, string>>): Promise<void> {
  for (let step = steps?.next(await written); step?.done === false;) step = steps?.next(await step.value);
}
