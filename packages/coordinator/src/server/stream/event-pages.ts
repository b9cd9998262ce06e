import type { RunEvent } from "@roadrunner/core";
import { recordedText } from "../../carry/run/stream-text.ts";
import type { Store } from "../../store/store.ts";

const PAGE = 1000;
/** Whoever comes soon after another wants the same pages. */
const KEPT_MS = 5000;
const MOST_KEPT = 16;

export interface EventPage {
  readonly bytes: Uint8Array;
  readonly events: number;
  readonly last: RunEvent["type"] | undefined;
}

/** Events that the store has, as streams send them: many who watch one run read and write each page once. */
export class EventPages {
  readonly #store: Store;
  readonly #kept = new Map<string, Promise<EventPage | undefined>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Events from this number on; undefined: the store cannot tell now. */
  from(run: string, number: number): Promise<EventPage | undefined> {
    const key = `${run}/${number}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const read = this.#read(run, number);
    if (this.#kept.size < MOST_KEPT) {
      this.#kept.set(key, read);
      void read.then((page) => {
        // What is not full may grow at any time.
        if (page?.events !== PAGE) this.#kept.delete(key);
        else setTimeout(() => this.#kept.delete(key), KEPT_MS).unref();
      });
    }
    return read;
  }

  async #read(run: string, number: number): Promise<EventPage | undefined> {
    const page = await this.#store.events(run, number, PAGE);
    if (!page.ok) return undefined;
    const text = page.value.map(({ number: own, event }) => recordedText(own, event)).join("");
    return { bytes: Buffer.from(text), events: page.value.length, last: page.value.at(-1)?.event.type };
  }
}
