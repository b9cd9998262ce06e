import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Capture } from "../../src/visit/capture.ts";

function capture(maxBytes: number, chunks: readonly Uint8Array[]): [string, string, number] {
  const kept = new Capture(maxBytes);
  for (const chunk of chunks) kept.push(Buffer.from(chunk));
  const { head, tail, omittedBytes } = kept.result();
  return [head.toString("latin1"), tail.toString("latin1"), omittedBytes];
}

describe("bounded capture", () => {
  test("keeps all of what fits", () => {
    expect(capture(10, [Buffer.from("01234"), Buffer.from("56789")])).toEqual(["01234", "56789", 0]);
  });

  test("keeps the first and the last half and counts the rest", () => {
    expect(capture(4, [Buffer.from("0123456789")])).toEqual(["01", "89", 6]);
  });

  test("keeps nothing when nothing is asked for", () => {
    expect(capture(0, [Buffer.from("abc")])).toEqual(["", "", 3]);
  });

  test("a million small chunks stay within the bound", () => {
    const kept = new Capture(100_000);
    for (let index = 0; index < 1_000_000; index++) kept.push(Buffer.from([index % 251]));
    const { head, tail, omittedBytes } = kept.result();
    expect([head.length, tail.length, omittedBytes]).toEqual([50_000, 50_000, 900_000]);
    expect(tail.at(-1)).toBe(999_999 % 251);
  });

  test("single bytes cost no more memory than what is kept of them, twice", () => {
    const kept = new Capture(1_000_000);
    const before = process.memoryUsage();
    const byte = Buffer.from("x");
    for (let index = 0; index < 1_500_000; index++) kept.push(byte);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const grown = heapUsed - before.heapUsed + arrayBuffers - before.arrayBuffers;
    expect(kept.result().omittedBytes).toBe(500_000);
    // As one small buffer each, these took some hundred bytes a byte.
    expect(grown).toBeLessThan(40_000_000);
  });

  test("is the same however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 20 }),
        fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 9 }),
        (maxBytes, chunks) => {
          const whole = Buffer.concat(chunks).toString("latin1");
          const [head, tail, omittedBytes] = capture(maxBytes, chunks);
          expect(head).toBe(whole.slice(0, Math.ceil(maxBytes / 2)));
          const rest = whole.slice(head.length);
          expect(tail).toBe(rest.slice(Math.max(0, rest.length - Math.floor(maxBytes / 2))));
          expect(head.length + tail.length + omittedBytes).toBe(whole.length);
        },
      ),
    );
  });
});
