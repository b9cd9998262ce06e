import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { AdapterLog } from "../../../src/gearman/adapter-log.ts";
import { PendingSubmission, type SubmissionRequest } from "../../../src/gearman/client/submission.ts";

afterEach(() => vi.useRealTimers());

const nothing = () => {};

function submission(request: Partial<SubmissionRequest> = {}, limitBytes = 1_000_000) {
  const bugs: string[] = [];
  const log: AdapterLog = { debug: nothing, info: nothing, warn: nothing, error: (text) => bugs.push(text) };
  const kept = { bytes: 0 };
  const pending = new PendingSubmission(
    { functionName: "f", unique: "u", workload: "", ...request },
    limitBytes,
    log,
    (bytes) => {
      kept.bytes += bytes;
      expect(kept.bytes).toBeGreaterThanOrEqual(0);
    },
  );
  return { pending, bugs, kept };
}

test("chunks are delivered whole, in order, one at a time, before the result, however slow the consumer", async () => {
  // Each chunk: whether its body is read late (after the next head has come) and whether its consumer is slow.
  const chunks = fc.array(fc.record({ bodyLate: fc.boolean(), slow: fc.boolean() }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(chunks, async (chunks) => {
      const slow = new Set(chunks.flatMap(({ slow }, index) => (slow ? [String(index)] : [])));
      const delivered: string[] = [];
      let consuming = 0;
      const { pending, kept } = submission({
        onData: (chunk) => {
          expect(consuming).toBe(0);
          delivered.push(chunk.toString());
          if (!slow.has(chunk.toString())) return undefined;
          consuming += 1;
          return new Promise((resolve) => {
            setImmediate(() => {
              consuming -= 1;
              resolve();
            });
          });
        },
      });
      const late: (() => void)[] = [];
      for (const [index, { bodyLate }] of chunks.entries()) {
        const body = Buffer.from(String(index));
        const take = pending.arrive("data", body.length);
        if (bodyLate) late.push(() => take?.(body));
        else take?.(body);
      }
      const takeResult = pending.arrive("complete", 3);
      takeResult?.(Buffer.from("end"));
      for (const arriveLate of late.reverse()) arriveLate();
      expect(await pending.result).toEqual({ kind: "complete", data: Buffer.from("end") });
      expect(delivered).toEqual(chunks.map((_, index) => String(index)));
      expect(kept.bytes).toBe(0);
    }),
  );
});

test("a lost connection: what arrived whole is delivered, then it is lost; a torn chunk is dropped", async () => {
  const delivered: string[] = [];
  const { pending, kept } = submission({
    onData: async (chunk) => {
      await new Promise(setImmediate);
      delivered.push(chunk.toString());
    },
  });
  pending.arrive("data", 1)?.(Buffer.from("a"));
  pending.arrive("data", 1)?.(Buffer.from("b"));
  const takeTorn = pending.arrive("data", 100);
  pending.connectionLost("reset");
  takeTorn?.(Buffer.from("torn"));
  expect(await pending.result).toEqual({ kind: "lost", maybeRunning: true, reason: "reset" });
  expect(delivered).toEqual(["a", "b"]);
  expect(kept.bytes).toBe(0);
});

test("a result that arrived before the connection was lost is the result", async () => {
  const { pending } = submission({ onData: () => new Promise(setImmediate) });
  pending.arrive("data", 1)?.(Buffer.from("a"));
  pending.arrive("complete", 2)?.(Buffer.from("ok"));
  pending.connectionLost("reset");
  expect(await pending.result).toEqual({ kind: "complete", data: Buffer.from("ok") });
});

test("failed and exception wait for the chunks before them", async () => {
  const order: string[] = [];
  const onData = () => new Promise<void>((resolve) => setImmediate(() => (order.push("chunk"), resolve())));
  const failed = submission({ onData });
  failed.pending.arrive("data", 1)?.(Buffer.from("a"));
  failed.pending.arrive("failed", 0)?.(Buffer.alloc(0));
  order.push((await failed.pending.result).kind);
  const exception = submission({ onData });
  exception.pending.arrive("data", 1)?.(Buffer.from("a"));
  exception.pending.arrive("exception", 4)?.(Buffer.from("oops"));
  order.push((await exception.pending.result).kind);
  expect(order).toEqual(["chunk", "failed", "chunk", "exception"]);
});

test("answers over the limit end it, and later ones are not wanted", async () => {
  const { pending, kept } = submission({}, 10);
  pending.arrive("data", 6)?.(Buffer.alloc(6));
  expect(pending.arrive("data", 5)).toBeUndefined();
  expect(await pending.result).toEqual({
    kind: "tooLarge",
    limitBytes: 10,
    reason: "its answers are over 10 bytes",
  });
  expect(pending.arrive("complete", 0)).toBeUndefined();
  expect(kept.bytes).toBe(0);
});

test("the first end is the end", async () => {
  const { pending } = submission();
  pending.abandon("enough");
  pending.abandon("again");
  pending.connectionLost("reset");
  pending.arrive("complete", 0)?.(Buffer.alloc(0));
  expect(await pending.result).toEqual({ kind: "lost", maybeRunning: true, reason: "enough" });
});

test("no answer in time", async () => {
  vi.useFakeTimers();
  const { pending } = submission({ timeoutMs: 1000 });
  vi.advanceTimersByTime(999);
  expect(pending.settled).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await pending.result).toEqual({
    kind: "lost",
    maybeRunning: true,
    reason: "no answer within 1000 ms",
  });
});

test("an answer in time leaves no timer behind", async () => {
  vi.useFakeTimers();
  const { pending } = submission({ timeoutMs: 1000 });
  pending.arrive("complete", 0)?.(Buffer.alloc(0));
  await pending.result;
  expect(vi.getTimerCount()).toBe(0);
});

test("listeners that throw or reject are logged as bugs, and the answers go on", async () => {
  let calls = 0;
  const { pending, bugs } = submission({
    onAccepted: () => {
      throw new Error("one");
    },
    onData: () => {
      calls += 1;
      if (calls === 1) throw new Error("two");
      return Promise.reject(new Error("three"));
    },
  });
  pending.accepted("H:1");
  pending.arrive("data", 1)?.(Buffer.from("a"));
  pending.arrive("data", 1)?.(Buffer.from("b"));
  pending.arrive("complete", 0)?.(Buffer.alloc(0));
  expect(await pending.result).toMatchObject({ kind: "complete" });
  expect(bugs).toEqual([
    "bug: onAccepted of the submission u threw: one",
    "bug: onData of the submission u threw: two",
    "bug: onData of the submission u threw: three",
  ]);
});
