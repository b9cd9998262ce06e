import fc from "fast-check";
import type { RunEvent } from "@roadrunner/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Feed, type FeedWatcher } from "../../../src/carry/run/feed.ts";

/** What a feed is asked to do, one after another. */
type Act =
  | { readonly type: "events"; readonly sizes: readonly number[] }
  | { readonly type: "output" | "wait" | "join" }
  | { readonly type: "read" | "leave"; readonly who: number };

/** Of some, a few pass what is gathered, and some what is kept. */
const sizes = fc.array(fc.constantFrom(10, 200, 1500), { minLength: 1, maxLength: 6 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: sizes.map((all): Act => ({ type: "events", sizes: all })) },
  { weight: 1, arbitrary: fc.constantFrom<Act>({ type: "output" }, { type: "wait" }, { type: "join" }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom("read" as const, "leave" as const), who: fc.nat(3) }),
  },
);

interface Reader {
  readonly watcher: FeedWatcher;
  next: number;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** As a stream reads: from the feed, and what that does not keep from the store, which has all that was written. */
function readOn(reader: Reader, written: number): void {
  const news = reader.watcher.read();
  if (news === "behind") {
    reader.next = written;
    reader.watcher.had(written);
    return;
  }
  for (const bytes of news)
    for (const [, id] of Buffer.from(bytes)
      .toString("latin1")
      .matchAll(/^id: (\d+)$/gm)) {
      expect(Number(id)).toBe(reader.next);
      reader.next += 1;
    }
}

it("gives each watcher every event once and in order, however many come at once and whoever joins and leaves", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const feed = new Feed(1, 4000);
      let written = 1;
      const readers: Reader[] = [{ watcher: feed.watch(1), next: 1 }];
      for (const one of acts) {
        if (one.type === "events") {
          const events = one.sizes.map((size) => warning("x".repeat(size)));
          feed.events(written, events);
          written += events.length;
        } else if (one.type === "output") feed.output(warning("x"));
        else if (one.type === "wait") vi.advanceTimersByTime(50);
        else if (one.type === "join") readers.push({ watcher: feed.watch(1), next: 1 });
        else if (one.type === "read") {
          const reader = readers[one.who];
          if (reader !== undefined) readOn(reader, written);
        } else if (one.type === "leave") readers.splice(one.who, 1)[0]?.watcher.leave();
      }
      vi.advanceTimersByTime(50);
      for (const reader of readers) {
        readOn(reader, written);
        readOn(reader, written);
        expect(reader.next).toBe(written);
      }
    }),
    { numRuns: 500 },
  );
});

function warning(text: string): RunEvent {
  return { type: "warning", time: "2026-01-01T00:00:00.000Z", run: "r", text };
}
