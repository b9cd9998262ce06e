import { setTimeout as sleep } from "node:timers/promises";
import type { TakeoverSite } from "../site/takeover-site.ts";

const LOOK_EVERY_MS = 500;

/** What the store says of the open runs whose lease is over, by run: the epoch. */
const OVER = `select run, epoch from roadrunner.runs where verdict is null
  and lease_until_ms <= extract(epoch from now()) * 1000`;
const TAKEN = "select coalesce(sum(epoch - 1), 0) as taken from roadrunner.runs";

export interface Watched {
  /** The longest time that a run was left lying although somebody could have taken it over, in milliseconds. */
  readonly longestMs: number;
  /** Runs that were left lying for longer than that, with how long. */
  readonly late: readonly string[];
  readonly takeovers: number;
}

/** Looks into the store, past all proxies: how long runs lie there whose lease is over. */
export class LeaseWatch {
  readonly #site: TakeoverSite;
  readonly #mostMs: number;
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;
  /** By run: its epoch, and how long it has been left lying in that. */
  #lying = new Map<string, { readonly epoch: number; readonly ms: number }>();
  readonly #late = new Map<string, string>();
  #longestMs = 0;

  /** @param mostMs beyond it a run is taken over too late */
  constructor(site: TakeoverSite, mostMs: number) {
    this.#site = site;
    this.#mostMs = mostMs;
    this.#watching = this.#watch();
  }

  async end(): Promise<Watched> {
    this.#over.abort();
    await this.#watching;
    const [row] = await this.#site.postgres.ask(TAKEN, this.#site.database);
    return {
      longestMs: Math.round(this.#longestMs),
      late: [...this.#late.values()],
      takeovers: Number(row?.["taken"]),
    };
  }

  async #watch(): Promise<void> {
    let before = performance.now();
    while (!this.#over.signal.aborted) {
      const { takers } = this.#site;
      const over = await this.#site.postgres.ask(OVER, this.#site.database).catch(() => []);
      const now = performance.now();
      const isFor = (run: string) => (taker: number) => taker !== this.#site.leftOut.get(run);
      const lying = over.filter((row) => {
        const run = String(row["run"]);
        return takers.some(isFor(run)) && this.#site.takers.some(isFor(run));
      });
      this.#note(lying, now - before);
      before = now;
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.#over.signal }).catch(() => {});
    }
  }

  #note(over: readonly Record<string, unknown>[], passedMs: number): void {
    const lying = new Map<string, { readonly epoch: number; readonly ms: number }>();
    for (const row of over) {
      const [run, epoch] = [String(row["run"]), Number(row["epoch"])];
      const known = this.#lying.get(run);
      const ms = known?.epoch === epoch ? known.ms + passedMs : 0;
      lying.set(run, { epoch, ms });
      this.#longestMs = Math.max(this.#longestMs, ms);
      if (ms > this.#mostMs)
        this.#late.set(
          `${run} ${epoch}`,
          `late: ${run} lay for ${Math.round(ms / 1000)} s in epoch ${epoch}`,
        );
    }
    this.#lying = lying;
  }
}
