import { setTimeout as sleep } from "node:timers/promises";
import type { KeptShell } from "./kept-shell.ts";

/** A shell is free a moment after its task has ended: sooner than another one is there. */
const FREE_WITHIN_MS = 200;

interface Entry {
  readonly shell: KeptShell;
  /** Whether it may serve another task. */
  readonly isIdle: Promise<boolean>;
}

/** The shells that a worker keeps, by their connections. */
export class KeptShells {
  readonly #keepMs: number;
  readonly #entries = new Map<number, Set<Entry>>();

  /** `keepMs`: at most this old a shell serves others. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Keeps a shell whose task has ended. */
  keep(connectionId: number, shell: KeptShell, isIdle: Promise<boolean>): void {
    const entry = { shell, isIdle };
    this.#add(connectionId, entry);
    void shell.gone.then(() => this.#remove(connectionId, entry));
  }

  /** One for a task, if there is one. */
  async take(connectionId: number, name: string): Promise<KeptShell | undefined> {
    for (;;) {
      const entry = this.#find(connectionId, name);
      if (entry === undefined) return undefined;
      // Nobody else may have it.
      this.#remove(connectionId, entry);
      const isIdle = await Promise.race([entry.isIdle, sleep(FREE_WITHIN_MS, undefined, { ref: false })]);
      if (isIdle === undefined) {
        if (!entry.shell.isOver) this.#add(connectionId, entry);
        return undefined;
      }
      if (entry.shell.ageMs > this.#keepMs) entry.shell.end();
      if (isIdle && entry.shell.resume()) return entry.shell;
    }
  }

  /** Whether one waits for a task. */
  async has(connectionId: number, name: string): Promise<boolean> {
    return (await this.#find(connectionId, name)?.isIdle) === true;
  }

  #find(connectionId: number, name: string): Entry | undefined {
    for (const entry of this.#entries.get(connectionId) ?? []) if (entry.shell.name === name) return entry;
    return undefined;
  }

  #add(connectionId: number, entry: Entry): void {
    const entries = this.#entries.get(connectionId) ?? new Set();
    this.#entries.set(connectionId, entries.add(entry));
  }

  #remove(connectionId: number, entry: Entry): void {
    const entries = this.#entries.get(connectionId);
    entries?.delete(entry);
    if (entries?.size === 0) this.#entries.delete(connectionId);
  }
}
