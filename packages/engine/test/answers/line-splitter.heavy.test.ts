import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../src/answers/line-splitter.ts";

/** All that comes of a stream that is cut into parts of these lengths, which repeat. */
function split(bytes: Buffer, cuts: readonly number[], maxBytes: number) {
  const splitter = new LineSplitter(maxBytes);
  const lines: string[] = [];
  let tooLong = 0;
  for (let at = 0, part = 0; at < bytes.length; part += 1) {
    const next = at + (cuts[part % cuts.length] ?? 1);
    const split = splitter.push(bytes.subarray(at, next));
    lines.push(...split.lines);
    tooLong += split.tooLong;
    at = next;
  }
  return { lines, tooLong };
}

describe("LineSplitter", () => {
  it("gives the same lines however the bytes are cut, also within a character", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    const text = fc.array(fc.string({ unit: "binary" }), { maxLength: 8 });
    fc.assert(
      fc.property(text, cuts, fc.integer({ min: 1, max: 30 }), (texts, lengths, maxBytes) => {
        const bytes = Buffer.from(texts.map((one) => `${one}\n`).join(""));
        const all = bytes.toString("utf8").split("\n").slice(0, -1);
        const fits = (line: string): boolean => Buffer.byteLength(line) <= maxBytes;
        expect(split(bytes, lengths, maxBytes)).toEqual({
          lines: all.filter(fits),
          tooLong: all.filter((line) => !fits(line)).length,
        });
      }),
    );
  });

  it("tells a line that is too long at once, and drops it up to its end", () => {
    const splitter = new LineSplitter(4);
    expect(splitter.push(Buffer.from("1234"))).toEqual({ lines: [], tooLong: 0 });
    expect(splitter.push(Buffer.from("5"))).toEqual({ lines: [], tooLong: 1 });
    expect(splitter.push(Buffer.from("6789"))).toEqual({ lines: [], tooLong: 0 });
    expect(splitter.push(Buffer.from("0\nab\n"))).toEqual({ lines: ["ab"], tooLong: 0 });
  });

  it("takes twice the time at most, give or take, for twice the bytes without a newline", () => {
    const cpuMs = (bytes: number): number => {
      const splitter = new LineSplitter(1024 ** 3);
      const chunk = Buffer.alloc(1000, "x");
      const before = process.cpuUsage();
      for (let sent = 0; sent < bytes; sent += chunk.length) splitter.push(chunk);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    cpuMs(1_000_000);
    // Joined anew for each part, 64 MB in parts of 1000 bytes would be two million MB.
    expect(cpuMs(64_000_000)).toBeLessThan(5000);
  });
});
