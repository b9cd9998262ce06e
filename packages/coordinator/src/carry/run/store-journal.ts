import { setTimeout as sleep } from "node:timers/promises";
import { fail, succeed, type Result, type RunEvent } from "@roadrunner/core";
import type { RunJournal } from "@roadrunner/engine";
import { ROW_STORY, rowOf, type RunRow } from "@roadrunner/engine/api";
import { RunStory } from "@roadrunner/engine/story";
import type { Owned, Store } from "../../store/store.ts";

/** Events that are written at once, unless one decision has more. */
const MOST_AT_ONCE = 1000;
/** A store that is away for longer is given up: the run is left. */
const PATIENCE_MS = 15 * 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** What the list says of the run is written anew after so long, if nothing of importance happened. */
const ROW_EVERY_MS = 1000;

interface Waiting {
  readonly events: readonly RunEvent[];
  readonly resolve: (written: Result<void, string>) => void;
}

interface StoreJournalOptions {
  readonly store: Store;
  readonly owned: Owned;
  /** Number of the next event. */
  readonly next: number;
  /** What the store has of it, told once. */
  readonly story: RunStory;
  /** Events that are in the store now, with the number of the first. */
  readonly onWritten: (first: number, events: readonly RunEvent[]) => void;
  /** Another has the run: nothing more of it is written here. */
  readonly onLost: () => void;
  /** The store does not answer; told once, until it does again. */
  readonly onAway: (reason: string) => void;
  /** It takes nothing more of the run, or was away for too long. */
  readonly onRefused: (reason: string) => void;
}

/**
 * A run's journal in the store. One append is on its way at a time; what is asked for meanwhile is written with the next
 * one. Each is answered when its own events are there, or when it is certain that they will never be.
 */
export class StoreJournal implements RunJournal {
  readonly #options: StoreJournalOptions;
  readonly #gaveUp = new AbortController();
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #next: number;
  #rowAtMs = Number.NEGATIVE_INFINITY;
  /** The list does not know yet of what was written last. */
  #rowTimer: NodeJS.Timeout | undefined;
  /** Why nothing more is written. */
  #closed: string | undefined;

  constructor(options: StoreJournalOptions) {
    this.#options = options;
    this.#next = options.next;
  }

  append(events: readonly RunEvent[]): Promise<Result<void, string>> {
    const kept = events.filter(({ type }) => type !== "task.output");
    if (this.#closed !== undefined) return Promise.resolve(fail(this.#closed));
    if (kept.length === 0) return Promise.resolve(succeed(undefined));
    return new Promise((resolve) => {
      this.#waiting.push({ events: kept, resolve });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when nothing is on its way any more. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  /** Waits for the store no longer: what is not written then never is. */
  giveUp(reason: string): void {
    this.#closed ??= reason;
    clearTimeout(this.#rowTimer);
    this.#gaveUp.abort();
  }

  async #writeAll(): Promise<void> {
    // A turn later: what one decision brings about is asked for at once.
    await Promise.resolve();
    if (this.#waiting.length === 0) await this.#write([]);
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      const written = await this.#write(batch.flatMap(({ events }) => events));
      for (const { resolve } of batch) resolve(written);
    }
    this.#writing = undefined;
  }

  #take(): readonly Waiting[] {
    let events = 0;
    const fits = ({ events: more }: Waiting): boolean => {
      events += more.length;
      return events <= MOST_AT_ONCE;
    };
    const first = this.#waiting.findIndex((waiting) => !fits(waiting));
    return this.#waiting.splice(0, first === -1 ? this.#waiting.length : Math.max(1, first));
  }

  async #write(events: readonly RunEvent[]): Promise<Result<void, string>> {
    const { story, onWritten, onLost, onAway, onRefused } = this.#options;
    const first = this.#next;
    for (const event of events) story.add(event);
    const row = this.#isRowDue(events) ? rowOf(story, story.verdict === undefined) : undefined;
    this.#tellRowLater(row === undefined);
    const begun = performance.now();
    for (let attempt = 0; this.#closed === undefined; attempt += 1) {
      const appended = await this.#append(first, events, row);
      if (appended.ok) {
        this.#next = first + events.length;
        if (events.length > 0) onWritten(first, events);
        return succeed(undefined);
      }
      const fault = appended.error;
      if (fault.kind === "lost") {
        this.#closed = "another coordinator has taken the run over";
        onLost();
      } else if (fault.kind === "refused" || performance.now() - begun > PATIENCE_MS) {
        this.#closed = fault.reason;
        onRefused(fault.reason);
      } else {
        if (attempt === 0) onAway(fault.reason);
        await this.#pause(attempt);
      }
    }
    return fail(this.#closed ?? "");
  }

  /** Of one run a bug, and not the end of all. */
  async #append(
    first: number,
    events: readonly RunEvent[],
    row: RunRow | undefined,
  ): ReturnType<Store["append"]> {
    const { store, owned } = this.#options;
    try {
      return await store.append(owned, first, events, row);
    } catch (error) {
      const { stack, message } = error as Error;
      return fail({
        kind: "refused",
        reason: `a bug in rr-coordinator; please report it: ${stack ?? message}`,
      });
    }
  }

  #isRowDue(events: readonly RunEvent[]): boolean {
    const now = performance.now();
    const due =
      events.length === 0 ||
      now - this.#rowAtMs >= ROW_EVERY_MS ||
      events.some(({ type }) => isOfImportance(type));
    if (due) this.#rowAtMs = now;
    return due;
  }

  #tellRowLater(later: boolean): void {
    clearTimeout(this.#rowTimer);
    if (!later) return;
    this.#rowTimer = setTimeout(() => {
      this.#writing ??= this.#writeAll();
    }, ROW_EVERY_MS);
  }

  async #pause(attempt: number): Promise<void> {
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
    await sleep(ms, undefined, { signal: this.#gaveUp.signal }).catch(() => undefined);
  }
}

/** Of a host there are many events. */
function isOfImportance(type: RunEvent["type"]): boolean {
  return !type.startsWith("task.") && type !== "warning";
}

/** A story to which a run's events are told for its row in the list. */
export function rowStory(): RunStory {
  return new RunStory(ROW_STORY);
}
