import type { RunEvent } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { Feed, type FeedWatcher } from "../../../src/carry/run/feed.ts";

const event = (text: string): RunEvent => ({
  type: "warning",
  time: "2026-01-01T00:00:00.000Z",
  run: "r",
  text,
});
const output = (data: string): RunEvent => ({
  type: "task.output",
  ...{ time: "2026-01-01T00:00:00.000Z", run: "r", slot: 1, job: "a", host: "h", attempt: 1 },
  ...{ stream: "stdout", data },
});

/** Longer than what is gathered. */
const passed = () => sleep(60);

/** What it is sent now: numbers of events, and live output. */
function read(watcher: FeedWatcher): readonly (number | string)[] | "behind" {
  const news = watcher.read();
  if (news === "behind") return news;
  const text = news.map((bytes) => Buffer.from(bytes).toString()).join("");
  return text
    .split("\n\n")
    .filter(Boolean)
    .map((one) => {
      const id = /^id: (\d+)$/m.exec(one)?.[1];
      const data = JSON.parse(/^data: (.*)$/m.exec(one)?.[1] ?? "") as { readonly data?: string };
      return id === undefined ? (data.data ?? "") : Number(id);
    });
}

describe("a feed", () => {
  it("passes on what comes, together, with live output between", async () => {
    const feed = new Feed(1);
    const watcher = feed.watch(1);
    feed.events(1, [event("a"), event("b")]);
    feed.output(output("x"));
    feed.events(3, [event("c")]);
    expect(read(watcher)).toEqual([]);
    await watcher.changed(1000);
    expect(read(watcher)).toEqual([1, 2, "x", 3]);
    expect(read(watcher)).toEqual([]);
  });

  it("sends who has read some of it elsewhere the rest, and nothing twice", async () => {
    const feed = new Feed(1);
    const first = feed.watch(1);
    feed.events(1, [event("a"), event("b"), event("c")]);
    const second = feed.watch(1);
    second.had(3);
    await passed();
    expect(read(second)).toEqual([3]);
    expect(read(first)).toEqual([1, 2, 3]);
    const third = feed.watch(2);
    expect(read(third)).toEqual([2, 3]);
  });

  it("tells who wants what came before anybody watched that it is behind", async () => {
    const feed = new Feed(1);
    feed.events(1, [event("a"), event("b")]);
    const watcher = feed.watch(1);
    expect(read(watcher)).toBe("behind");
    feed.events(3, [event("c")]);
    await passed();
    expect(read(watcher)).toBe("behind");
    watcher.had(3);
    expect(read(watcher)).toEqual([3]);
  });

  it("keeps a bounded part for slow ones, who are behind then, and go on where they were", async () => {
    const feed = new Feed(1);
    const slow = feed.watch(1);
    const fast = feed.watch(1);
    const large = "x".repeat(500_000);
    for (let number = 1; number <= 20; number += 1) {
      feed.events(number, [event(large)]);
      await passed();
      expect(read(fast)).toEqual([number]);
    }
    expect(read(slow)).toBe("behind");
    expect(slow.next).toBe(1);
    slow.had(18);
    expect(read(slow)).toEqual([18, 19, 20]);
  });

  it("keeps nothing where nobody watches, and counts on", async () => {
    const feed = new Feed(1);
    const first = feed.watch(1);
    feed.events(1, [event("a")]);
    first.leave();
    feed.events(2, [event("b")]);
    feed.output(output("x"));
    const second = feed.watch(3);
    expect(read(second)).toEqual([]);
    feed.events(3, [event("c")]);
    await passed();
    expect(read(second)).toEqual([3]);
    expect(feed.watchers).toBe(1);
  });

  it("wakes at its end, when all that came can be read", async () => {
    const feed = new Feed(1);
    const watcher = feed.watch(1);
    const woken = watcher.changed(10_000);
    feed.events(1, [event("a")]);
    feed.end();
    await woken;
    expect(watcher.isOver).toBe(true);
    expect(read(watcher)).toEqual([1]);
  });
});
