import type { RunEvent } from "@roadrunner/core";
import { outputText, recordedText } from "./stream-text.ts";

/** What comes within this time is passed on together. */
const GATHER_MS = 30;
/** What is kept for watchers that are slower than others; beyond it they read what they missed in the store. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024;

/** Some of what happened, as it goes to watchers. */
interface Part {
  readonly bytes: Uint8Array;
  /** Of each event: where it ends in the bytes, and its number; of live output the number of the event that comes next. */
  readonly ends: readonly number[];
  readonly numbers: readonly number[];
}

/** Where a watcher stands. */
interface Place {
  /** Number of the event that it wants next. */
  readonly next: number;
  /** The part that it wants next, counted from the beginning; absent: it wants events that may not be kept. */
  readonly part?: number;
}

/** Passes on what happens in a run to all who watch it; each event is written as text once. */
export class Feed {
  /** Number of the event that comes next, and of the next one that is not gathered yet. */
  #next: number;
  #passed: number;
  #texts: string[] = [];
  #numbers: number[] = [];
  #characters = 0;
  #timer: NodeJS.Timeout | undefined;
  #parts: Part[] = [];
  /** Parts that are kept no longer. */
  #dropped = 0;
  #keptBytes = 0;
  #over = false;
  readonly #watchers = new Set<FeedWatcher>();
  readonly #mostKeptBytes: number;

  constructor(next: number, mostKeptBytes = MOST_KEPT_BYTES) {
    this.#mostKeptBytes = mostKeptBytes;
    this.#next = next;
    this.#passed = next;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Nothing more comes: the run is carried here no longer. */
  get isOver(): boolean {
    return this.#over;
  }

  events(first: number, events: readonly RunEvent[]): void {
    if (this.#watchers.size === 0) {
      this.#next = first + events.length;
      this.#passed = this.#next;
      return;
    }
    for (const [index, event] of events.entries()) {
      const number = first + index;
      // Before it is gathered: that may pass on what there is, up to this one.
      this.#next = number + 1;
      this.#gather(number, recordedText(number, event));
    }
  }

  /** Live output: for whoever watches now. */
  output(event: RunEvent): void {
    if (this.#watchers.size > 0) this.#gather(this.#next, outputText(event));
  }

  end(): void {
    this.#pass();
    this.#over = true;
    for (const watcher of this.#watchers) watcher.wake();
  }

  /** Wants the events from this number on. */
  watch(next: number): FeedWatcher {
    const watcher: FeedWatcher = new FeedWatcher(next, {
      read: (place) => this.#read(place),
      isOver: () => this.#over,
      leave: () => this.#leave(watcher),
    });
    this.#watchers.add(watcher);
    return watcher;
  }

  #gather(number: number, text: string): void {
    this.#texts.push(text);
    this.#numbers.push(number);
    this.#characters += text.length;
    if (this.#characters > this.#mostKeptBytes / 4) this.#pass();
    else this.#timer ??= setTimeout(() => this.#pass(), GATHER_MS);
  }

  #pass(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#passed = this.#next;
    if (this.#texts.length === 0) return;
    let end = 0;
    const ends = this.#texts.map((text) => (end += Buffer.byteLength(text)));
    const bytes = Buffer.from(this.#texts.join(""));
    this.#parts.push({ bytes, ends, numbers: this.#numbers });
    this.#texts = [];
    this.#numbers = [];
    this.#characters = 0;
    this.#keptBytes += bytes.length;
    while (this.#keptBytes > this.#mostKeptBytes && this.#parts.length > 1) {
      this.#keptBytes -= this.#parts.shift()?.bytes.length ?? 0;
      this.#dropped += 1;
    }
    for (const watcher of this.#watchers) watcher.wake();
  }

  #leave(watcher: FeedWatcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#pass();
    this.#dropped += this.#parts.length;
    this.#parts = [];
    this.#keptBytes = 0;
  }

  #read({ next, part = this.#partWith(next) }: Place): { readonly news: News; readonly place: Place } {
    if (part === undefined || part < this.#dropped) return { news: "behind", place: { next } };
    const news = this.#parts.slice(part - this.#dropped).flatMap((one) => from(one, next));
    return { news, place: { next: Math.max(next, this.#passed), part: this.#dropped + this.#parts.length } };
  }

  #partWith(next: number): number | undefined {
    if (next >= this.#passed) return this.#dropped + this.#parts.length;
    const index = this.#parts.findIndex(({ numbers }) => (numbers.at(-1) ?? 0) >= next);
    return (this.#parts[index]?.numbers[0] ?? Number.POSITIVE_INFINITY) <= next
      ? this.#dropped + index
      : undefined;
  }
}

/** The bytes of a part but for events before this one. */
function from({ bytes, ends, numbers }: Part, next: number): readonly Uint8Array[] {
  const index = numbers.findIndex((number) => number >= next);
  if (index === -1) return [];
  return [bytes.subarray(index === 0 ? 0 : ends[index - 1])];
}

/** What a watcher is to be sent. `behind`: some of it is not kept any more, and stands in the store. */
export type News = readonly Uint8Array[] | "behind";

interface WatcherPorts {
  readonly read: (place: Place) => { readonly news: News; readonly place: Place };
  readonly isOver: () => boolean;
  readonly leave: () => void;
}

/** One who watches a run that is carried here. Nothing is kept for it alone. */
export class FeedWatcher {
  readonly #ports: WatcherPorts;
  #place: Place;
  #wake: () => void = () => undefined;

  constructor(next: number, ports: WatcherPorts) {
    this.#place = { next };
    this.#ports = ports;
  }

  /** Number of the event that it wants next. */
  get next(): number {
    return this.#place.next;
  }

  /** It has had the events before this one, from elsewhere. */
  had(next: number): void {
    if (next > this.#place.next) this.#place = { next };
  }

  /** What there is now; nothing: there is no more yet. */
  read(): News {
    const { news, place } = this.#ports.read(this.#place);
    this.#place = place;
    return news;
  }

  /** Whether nothing more comes after what `read` has given. */
  get isOver(): boolean {
    return this.#ports.isOver();
  }

  /** Resolves when there may be more, or after so long. @param gone it is wanted no longer */
  async changed(withinMs: number, gone?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      gone?.addEventListener("abort", this.#wake, { once: true });
    });
    gone?.removeEventListener("abort", this.#wake);
  }

  wake(): void {
    this.#wake();
  }

  leave(): void {
    this.wake();
    this.#ports.leave();
  }
}
