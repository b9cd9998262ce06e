import { beforeEach, describe, expect, it } from "vitest";
import { defined, type Result } from "@roadrunner/core";
import type { Accepted, Owned, RunFilter, Store } from "../../src/store/store.ts";
import { ended, nextRun, resumed, rowOf, taskEnded, taskOutput, warning } from "./some-events.ts";

/** A fresh database, and two coordinators that have it open. */
export interface Opened {
  readonly ours: Store;
  readonly others: Store;
  /** As if this time had gone by since anything was written. */
  readonly later: (ms: number) => Promise<void>;
}

const LEASE_MS = 20_000;

/** What every store must do, whatever is below it. */
export function storeContract(opened: () => Opened | Promise<Opened>): void {
  let ours: Store;
  let others: Store;
  let later: Opened["later"];
  let run: string;
  let flow: string;

  beforeEach(async () => {
    ({ ours, others, later } = await opened());
    run = nextRun();
    flow = `flow-${run}`;
  });

  const handedOver = (more: Partial<Accepted> = {}): Accepted => ({
    run,
    flow,
    by: "ada@box",
    handOver: '{"v":1}',
    concurrent: false,
    ...more,
  });

  async function accepted(more: Partial<Accepted> = {}): Promise<Owned> {
    return valueOf(await ours.accept(handedOver(more)));
  }

  async function textsOf(of = run): Promise<string[]> {
    const events = valueOf(await ours.events(of, 1, 1000));
    expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1));
    return events.map(({ event }) => (event.type === "warning" ? event.text : event.type));
  }

  describe("a run that is handed over", () => {
    it("is this coordinator's in epoch 1", async () => {
      expect(await accepted()).toEqual({ run, epoch: 1 });
      const there = { run, flow, by: "ada@box", epoch: 1, carried: true, ended: false, events: 0 };
      expect(valueOf(await ours.run(run))).toEqual({ ...there, mine: true });
      expect(valueOf(await others.run(run))).toEqual({ ...there, mine: false });
    });

    it("is accepted once, however often that is asked after an unclear end", async () => {
      await accepted();
      expect(await accepted()).toEqual({ run, epoch: 1 });
      const other = await others.accept(handedOver());
      expect(other).toEqual({ ok: false, error: { kind: "isThere" } });
    });

    it("waits for no open run of its flow, but says which there is", async () => {
      await accepted();
      const second = await others.accept(handedOver({ run: nextRun() }));
      expect(second).toEqual({ ok: false, error: { kind: "flowRuns", run } });
      valueOf(await ours.append({ run, epoch: 1 }, 1, [ended(run)]));
      valueOf(await others.accept(handedOver({ run: nextRun() })));
    });

    it("runs beside others of its flow if it says so", async () => {
      await accepted();
      const beside = nextRun();
      valueOf(await others.accept(handedOver({ run: beside, concurrent: true })));
      const third = await ours.accept(handedOver({ run: nextRun() }));
      expect(third).toEqual({ ok: false, error: { kind: "flowRuns", run: beside } });
    });

    it("is one of two that come at once", async () => {
      const runs = [run, nextRun(), nextRun(), nextRun()];
      const answers = await Promise.all(
        runs.map((one, index) => (index % 2 === 0 ? ours : others).accept(handedOver({ run: one }))),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    });

    it("is found by the beginning of its id, newest first", async () => {
      await accepted();
      const second = nextRun();
      valueOf(await ours.accept(handedOver({ run: second, flow: "other" })));
      const found = async (beginning: string, limit: number) =>
        valueOf(await ours.runsBeginningWith(beginning, limit)).map((known) => known.run);
      expect(await found(run.slice(0, -2), 10)).toEqual([run]);
      expect((await found("", 2)).slice(0, 2)).toEqual([second, run]);
      expect(await found("%", 10)).toEqual([]);
      valueOf(await ours.append({ run: second, epoch: 1 }, 1, [ended(second)]));
    });

    it("is not there when it is not", async () => {
      expect(valueOf(await ours.run("20200101-000000-aaaaaaaa"))).toBeUndefined();
      expect(valueOf(await ours.events("20200101-000000-aaaaaaaa", 1, 10))).toEqual([]);
    });
  });

  describe("events", () => {
    it("come back as they were, by their numbers, whatever a host has printed", async () => {
      const owned = await accepted();
      const hostile = 'a\u0000b \ud800 \udfff é \u{1f600} \\u0000 " \' \\ \n \u2028 {"x":1}';
      const events = [warning(hostile, run), taskEnded(hostile, run), taskEnded("", run)];
      valueOf(await ours.append(owned, 1, events));
      const stored = valueOf(await others.events(run, 1, 10));
      expect(stored).toEqual(events.map((event, index) => ({ number: index + 1, event })));
      valueOf(await ours.append(owned, 4, [warning("four", run), warning("five", run)]));
      expect(valueOf(await ours.events(run, 3, 2)).map(({ number }) => number)).toEqual([3, 4]);
      expect(valueOf(await ours.run(run))?.events).toBe(5);
    });

    it("keep no live output, which has no number", async () => {
      const owned = await accepted();
      valueOf(await ours.append(owned, 1, [taskOutput("x", run), warning("one", run), taskOutput("y", run)]));
      valueOf(await ours.append(owned, 2, [taskOutput("z", run)]));
      valueOf(await ours.append(owned, 2, [warning("two", run)]));
      expect(await textsOf()).toEqual(["one", "two"]);
    });

    it("are written once, however often that is asked after an unclear end", async () => {
      const owned = await accepted();
      const batch = [warning("one", run), taskEnded("out", run)];
      for (let time = 0; time < 3; time += 1) valueOf(await ours.append(owned, 1, batch, rowOf(run)));
      expect(await textsOf()).toEqual(["one", "task.ended"]);
      // What has come in the meantime follows.
      valueOf(await ours.append(owned, 1, [...batch, warning("three", run)]));
      expect(await textsOf()).toEqual(["one", "task.ended", "three"]);
      valueOf(await ours.append(owned, 1, [warning("one", run)]));
      expect(await textsOf()).toHaveLength(3);
    });

    it("are not taken for ours when they are others", async () => {
      const owned = await accepted();
      valueOf(await ours.append(owned, 1, [warning("one", run)]));
      await expect(ours.append(owned, 1, [warning("another", run)])).rejects.toThrow(/bug: events of run/);
      await expect(ours.append(owned, 3, [warning("three", run)])).rejects.toThrow(/bug: events of run/);
      expect(await textsOf()).toEqual(["one"]);
    });

    it("are given a part at a time where they are large", async () => {
      const owned = await accepted();
      const large = "x".repeat(1.5 * 1024 * 1024);
      for (let number = 1; number <= 4; number += 1)
        valueOf(await ours.append(owned, number, [taskEnded(large, run)]));
      const pages: number[] = [];
      for (let from = 1; ;) {
        const page = valueOf(await ours.events(run, from, 1000));
        if (page.length === 0) break;
        pages.push(page.length);
        from += page.length;
      }
      expect(pages).toEqual([3, 1]);
    });

    it("say in the list how the run stands", async () => {
      const owned = await accepted();
      const row = rowOf(run);
      valueOf(await ours.append(owned, 1, [warning("one", run)], row));
      expect(valueOf(await ours.run(run))?.row).toEqual(row);
      valueOf(await ours.append(owned, 2, [warning("two", run)]));
      expect(valueOf(await ours.run(run))?.row).toEqual(row);
    });
  });

  describe("a run that ends", () => {
    it("has ended with that event, is nobody's, and is opened again by another", async () => {
      const owned = await accepted({ secrets: "sealed" });
      valueOf(await ours.append(owned, 1, [warning("one", run), ended(run)], rowOf(run, "failed")));
      expect(valueOf(await ours.run(run))).toMatchObject({ ended: true, carried: false, mine: false });
      await later(2 * LEASE_MS);
      expect(valueOf(await others.claim(10))).toEqual([]);
      expect(valueOf(await others.reopen(run, '{"again":1}', { secrets: "sealed anew" }))).toEqual({
        run,
        epoch: 2,
        handOver: '{"again":1}',
        secrets: "sealed anew",
      });
      expect(valueOf(await others.run(run))).toMatchObject({ ended: true, carried: true, mine: true });
      expect(valueOf(await ours.reopen(run, "{}"))).toBeUndefined();
      expect(await ours.append(owned, 3, [resumed(run)])).toEqual({ ok: false, error: { kind: "lost" } });
      valueOf(await others.append({ run, epoch: 2 }, 3, [resumed(run)]));
      expect(valueOf(await ours.run(run))).toMatchObject({ ended: false, carried: true, mine: false });
      expect(await textsOf()).toEqual(["one", "run.ended", "run.resumed"]);
    });

    it("is listed by how it stands", async () => {
      const owned = await accepted();
      const states = async () => {
        const all = ["succeeded", "failed", "cancelled", "running", "open", "damaged"] as const;
        const lists = await Promise.all(
          all.map(async (state) => [state, valueOf(await ours.runs({ flow, state, limit: 9 })).length]),
        );
        return lists.filter(([, length]) => length !== 0).map(([state]) => state);
      };
      expect(await states()).toEqual(["running"]);
      await later(2 * LEASE_MS);
      expect(await states()).toEqual(["open"]);
      valueOf(await ours.append(owned, 1, [ended(run)]));
      expect(await states()).toEqual(["failed"]);
    });

    it("is not opened again beside an open run of its flow", async () => {
      const owned = await accepted();
      valueOf(await ours.append(owned, 1, [ended(run)]));
      const second = nextRun();
      valueOf(await others.accept(handedOver({ run: second })));
      const reopened = await ours.reopen(run, "{}");
      expect(reopened.ok ? undefined : reopened.error.reason).toMatch(
        `flow ${flow} runs already: ${second} is open`,
      );
    });
  });

  describe("ends of tasks", () => {
    it("are found by host and job, the newest first, without their output", async () => {
      const owned = await accepted();
      const hosts = ["web1", "web10", 'we"b', "we\\b", "wéb\u0000", "x".repeat(3000)];
      const ends = hosts.flatMap((host) => [
        taskEnded("out", run, host),
        { ...taskEnded("", run, host), job: "check" },
      ]);
      valueOf(
        await ours.append(owned, 1, [warning('"type":"task.ended"', run), ...ends, warning("more", run)]),
      );
      for (const [index, host] of hosts.entries()) {
        const found = valueOf(await others.ends({ run, host }, 9));
        expect(found.map(({ number, event }) => [number, event.host, event.job, event.stdout])).toEqual([
          [3 + 2 * index, host, "check", ""],
          [2 + 2 * index, host, "deploy", undefined],
        ]);
        const job = valueOf(await others.ends({ run, host, job: "deploy" }, 9));
        expect(job.map(({ number }) => number)).toEqual([2 + 2 * index]);
      }
      expect(valueOf(await ours.ends({ run, host: "web1" }, 1)).map(({ number }) => number)).toEqual([3]);
      expect(valueOf(await ours.ends({ run, host: "web" }, 9))).toEqual([]);
      expect(valueOf(await ours.ends({ run: nextRun(), host: "web1" }, 9))).toEqual([]);
    });
  });

  describe("ends of tasks of a run", () => {
    it("are listed in their order by host, job and outcome; pages fit together while it goes on", async () => {
      const owned = await accepted();
      const ended = (host: string, outcome: "ok" | "failed", job = "deploy") => ({
        ...{ ...taskEnded("out", run, host), outcome, job },
        // Names that a command chose for its outputs.
        outputs: { outcome: "failed" },
      });
      const events = [
        warning('"type":"task.ended","outcome":"failed"', run),
        ...[ended("db1", "ok"), ended("db7", "failed"), ended("db7", "ok"), ended("db7", "ok", "check")],
      ];
      valueOf(await ours.append(owned, 1, events));
      const page = async (wanted: Omit<Parameters<typeof ours.endsFrom>[0], "run">, from = 1, limit = 9) => {
        const { ends, next } = valueOf(await others.endsFrom({ run, ...wanted }, from, limit));
        return { numbers: ends.map(({ number }) => number), next };
      };
      expect(await page({})).toEqual({ numbers: [2, 3, 4, 5], next: undefined });
      expect(await page({ host: "db7" })).toEqual({ numbers: [3, 4, 5], next: undefined });
      expect(await page({ host: "db7", job: "deploy" })).toEqual({ numbers: [3, 4], next: undefined });
      expect(await page({ job: "check" })).toEqual({ numbers: [5], next: undefined });
      expect(await page({ outcome: "failed" })).toEqual({ numbers: [3], next: undefined });
      expect(await page({ host: "db7", outcome: "ok" }, 4)).toEqual({ numbers: [4, 5], next: undefined });
      for (const wanted of [{}, { host: "db7" }]) {
        const first = await page(wanted, 3, 2);
        expect(first).toEqual({ numbers: [3, 4], next: 5 });
        expect(await page(wanted, first.next)).toEqual({ numbers: [5], next: undefined });
      }
      valueOf(await ours.append(owned, 6, [ended("db7", "failed", "check")]));
      expect(await page({ host: "db7" }, 5)).toEqual({ numbers: [5, 6], next: undefined });
      expect(await page({ host: "db" })).toEqual({ numbers: [], next: undefined });
    });

    it("are looked for in a part of a large run at a time, and whoever goes on finds all", async () => {
      const owned = await accepted();
      const many = Array.from({ length: 30_001 }, (_, index) =>
        index === 30_000 ? taskEnded("", run, "db7") : warning("w", run),
      );
      for (let first = 0; first < many.length; first += 10_000)
        valueOf(await ours.append(owned, first + 1, many.slice(first, first + 10_000)));
      expect(valueOf(await others.endsFrom({ run }, 1, 9))).toEqual({ ends: [], next: 20_001 });
      const rest = valueOf(await others.endsFrom({ run }, 20_001, 9));
      expect(rest.ends.map(({ number }) => number)).toEqual([30_001]);
      expect(rest.next).toBeUndefined();
      expect(valueOf(await others.endsFrom({ run, host: "db7" }, 1, 9)).ends).toHaveLength(1);
    });
  });

  describe("a list", () => {
    it("goes on where the page before it ended", async () => {
      const runs = [run, nextRun(), nextRun()];
      for (const one of runs) await accepted({ run: one, concurrent: true });
      const page = async (before?: string) =>
        valueOf(await ours.runs({ flow, limit: 2, ...(before === undefined ? {} : { before }) })).map(
          (known) => known.run,
        );
      const first = await page();
      expect(first).toEqual([runs[2], runs[1]]);
      expect(await page(first[1])).toEqual([runs[0]]);
      expect(await page(runs[0])).toEqual([]);
    });

    it("goes on there while runs come and go, whatever is wanted of them", async () => {
      const runs = Array.from({ length: 6 }, () => nextRun());
      for (const [index, one] of runs.entries())
        await accepted({ run: one, concurrent: true, by: index % 2 === 0 ? "ada@box" : "bob@desk" });
      const page = async (before?: string) =>
        valueOf(await ours.runs({ flow, by: "ada@box", limit: 2, ...defined({ before }) })).map(
          (known) => known.run,
        );
      const first = await page();
      expect(first).toEqual([runs[4], runs[2]]);
      await accepted({ run: nextRun(), concurrent: true });
      valueOf(await ours.append({ run: runs[2] ?? "", epoch: 1 }, 1, [ended(runs[2] ?? "")]));
      await later(1000);
      valueOf(await ours.prune({ runsMs: 500, outputMs: 500 }));
      expect(valueOf(await ours.run(runs[2] ?? ""))).toBeUndefined();
      expect(await page(first.at(-1))).toEqual([runs[0]]);
    });

    it("has what was started within a time, by whom, and how it ended", async () => {
      const ids = ["20260101-000000-aaaaaaaa", "20260101-000001-aaaaaaaa", "20260101-000002-aaaaaaaa"];
      const from = (second: number): string => `${ids[second]?.slice(0, 16)}${run.slice(-8)}`;
      for (const [second, principal] of ["ada", "bob", "ada"].entries())
        await accepted({ run: from(second), concurrent: true, principal });
      valueOf(await ours.append({ run: from(2), epoch: 1 }, 1, [ended(from(2))]));
      const list = async (filter: Partial<RunFilter>) =>
        valueOf(await ours.runs({ flow, limit: 9, ...filter })).map((known) => known.run);
      const startMs = Date.UTC(2026, 0, 1);
      expect(await list({ sinceMs: startMs + 1000 })).toEqual([from(2), from(1)]);
      expect(await list({ untilMs: startMs + 1000 })).toEqual([from(0)]);
      expect(await list({ sinceMs: startMs + 1000, untilMs: startMs + 2000 })).toEqual([from(1)]);
      expect(await list({ sinceMs: startMs + 2000, untilMs: startMs + 1000 })).toEqual([]);
      expect(await list({ principal: "ada", state: "running" })).toEqual([from(0)]);
      expect(await list({ principal: "ada", state: "failed", sinceMs: startMs })).toEqual([from(2)]);
      expect(await list({ principal: "eve" })).toEqual([]);
    });
  });

  describe("a lease", () => {
    it("is over when it was not renewed for 20 s; then another takes the run over in the next epoch", async () => {
      const owned = await accepted({ secrets: "sealed" });
      await later(LEASE_MS - 2_000);
      expect(valueOf(await others.claim(10))).toEqual([]);
      expect(valueOf(await ours.renew([owned]))).toEqual([owned]);
      await later(LEASE_MS - 2_000);
      expect(valueOf(await others.claim(10))).toEqual([]);
      await later(2_100);
      expect(valueOf(await ours.run(run))).toMatchObject({ carried: false, mine: false });
      expect(valueOf(await others.claim(10))).toEqual([
        { run, epoch: 2, handOver: '{"v":1}', secrets: "sealed" },
      ]);
      expect(valueOf(await others.run(run))).toMatchObject({ epoch: 2, carried: true, mine: true });
      expect(valueOf(await ours.renew([owned]))).toEqual([]);
      expect(await ours.append(owned, 1, [warning("late", run)])).toEqual({
        ok: false,
        error: { kind: "lost" },
      });
      expect(await ours.append(owned, 1, [], rowOf(run))).toEqual({ ok: false, error: { kind: "lost" } });
      expect(await textsOf()).toEqual([]);
    });

    it("of one that is over is renewed as long as nobody has taken the run", async () => {
      const owned = await accepted();
      await later(2 * LEASE_MS);
      valueOf(await ours.append(owned, 1, [warning("still ours", run)]));
      expect(valueOf(await ours.renew([owned, { run, epoch: 2 }, { run: "none", epoch: 1 }]))).toEqual([
        owned,
      ]);
      expect(valueOf(await others.claim(10))).toEqual([]);
    });

    it("of a run that has ended is still known as ours", async () => {
      const owned = await accepted();
      valueOf(await ours.append(owned, 1, [ended(run)]));
      expect(valueOf(await ours.renew([owned]))).toEqual([owned]);
      expect(valueOf(await ours.run(run))).toMatchObject({ carried: false });
    });

    it("is given back at once when the run is let go", async () => {
      const owned = await accepted();
      valueOf(await others.release(owned));
      expect(valueOf(await ours.run(run))).toMatchObject({ mine: true });
      valueOf(await ours.release(owned));
      expect(valueOf(await ours.renew([owned]))).toEqual([]);
      expect(valueOf(await others.claim(10))).toMatchObject([{ run, epoch: 2 }]);
    });

    it("of each run is taken by one coordinator, as many as are asked for", async () => {
      const runs = [run, ...Array.from({ length: 11 }, nextRun)];
      for (const one of runs) await accepted({ run: one, concurrent: true });
      await later(2 * LEASE_MS);
      expect(valueOf(await others.claim(2))).toHaveLength(2);
      const taken = await Promise.all(
        [ours, others, ours, others].map(async (store) => valueOf(await store.claim(3))),
      );
      const all = taken.flat().map((one) => one.run);
      expect(new Set(all).size).toBe(all.length);
      const rest = valueOf(await ours.claim(100));
      expect(all.length + rest.length).toBe(10);
    });

    it("keeps a run that is carried from being opened again", async () => {
      const owned = await accepted();
      expect(valueOf(await others.reopen(run, "{}"))).toBeUndefined();
      await later(2 * LEASE_MS);
      expect(valueOf(await others.reopen(run, "{}"))).toEqual({ run, epoch: 2, handOver: "{}" });
      expect(await ours.append(owned, 1, [warning("late", run)])).toEqual({
        ok: false,
        error: { kind: "lost" },
      });
      expect(valueOf(await others.reopen("none", "{}"))).toBeUndefined();
    });
  });
}

export function valueOf<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`it failed: ${JSON.stringify(result.error)}`);
  return result.value;
}
