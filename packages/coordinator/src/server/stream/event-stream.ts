import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "@roadrunner/core";
import type { CarriedRuns } from "../../carry/carried-runs.ts";
import type { Feed, FeedWatcher } from "../../carry/run/feed.ts";
import type { Store } from "../../store/store.ts";
import type { EventPages } from "./event-pages.ts";

/** Shows that the other end is there still, and keeps what lies between from closing the connection. */
const COMMENT_EVERY_MS = 15_000;
const COMMENT = Buffer.from(":\n\n");
/** How often the store is asked for more of a run that another carries. */
const ASK_EVERY_MS = 500;

interface StreamOptions {
  readonly store: Store;
  readonly pages: EventPages;
  readonly runs: CarriedRuns;
  readonly run: string;
  /** Number of the first event that is wanted. */
  readonly from: number;
  /** Whoever watches has gone. */
  readonly gone: AbortSignal;
}

/**
 * A run's events as `text/event-stream`, from a number on: what there is from the store, what comes from whoever carries it
 * here, or from the store again. Nothing is read ahead of whoever watches. It ends when the run has ended, and where the
 * store fails: then whoever watches asks again, with the number of the last event that it has.
 */
export async function* eventStream(options: StreamOptions): AsyncGenerator<Uint8Array> {
  const { store, pages, runs, run, gone } = options;
  let next = options.from;
  let last: RunEvent["type"] | undefined;
  let live: { readonly feed: Feed; readonly watcher: FeedWatcher } | undefined;
  let silentSinceMs = performance.now();
  try {
    while (!gone.aborted) {
      const feed = runs.get(run)?.feed;
      if (feed !== undefined && feed !== live?.feed) {
        live?.watcher.leave();
        live = { feed, watcher: feed.watch(next) };
      }
      const news = live?.watcher.read() ?? "behind";
      if (news !== "behind" && news.length > 0) {
        yield* news;
        next = live?.watcher.next ?? next;
        // Its own events, of which this does not know the last.
        last = undefined;
        silentSinceMs = performance.now();
        continue;
      }
      if (news === "behind" || live?.watcher.isOver === true) {
        const page = await pages.from(run, next);
        if (page === undefined) return;
        if (page.events > 0) {
          yield page.bytes;
          next += page.events;
          ({ last } = page);
          live?.watcher.had(next);
          silentSinceMs = performance.now();
          continue;
        }
        if (live?.watcher.isOver === true) {
          live.watcher.leave();
          live = undefined;
        }
        if (live === undefined && runs.get(run) === undefined) {
          if (last === "run.ended") return;
          const known = await store.run(run);
          if (!known.ok || known.value === undefined) return;
          if (known.value.ended && known.value.events < next) return;
        }
      }
      if (performance.now() - silentSinceMs >= COMMENT_EVERY_MS) {
        yield COMMENT;
        silentSinceMs = performance.now();
      }
      if (live !== undefined && news !== "behind") await live.watcher.changed(COMMENT_EVERY_MS, gone);
      else await sleep(ASK_EVERY_MS, undefined, { signal: gone }).catch(() => undefined);
    }
  } finally {
    live?.watcher.leave();
  }
}
