import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MarkReader, type Piece } from "../../src/visit/mark-reader.ts";

const NONCE = "k3n2m4x9k3n2m4x9";

/** The pieces of a stream fed in these chunks, with neighbours of one kind joined. */
function read(chunks: readonly Buffer[]): { kind: string; text: string }[] {
  const reader = new MarkReader(NONCE);
  const pieces: Piece[] = [...chunks.flatMap((chunk) => reader.read(chunk)), ...reader.end()];
  const joined: { kind: string; text: string }[] = [];
  for (const piece of pieces) {
    const text =
      piece.kind === "mark"
        ? [piece.mark.word, ...piece.mark.args].join(" ")
        : piece.bytes.toString("latin1");
    const last = joined.at(-1);
    if (last !== undefined && last.kind === piece.kind && piece.kind !== "mark") last.text += text;
    else joined.push({ kind: piece.kind, text });
  }
  return joined;
}

const STREAM = Buffer.from(
  `motd\nrr:${NONCE}:hello\nmore\nrr:${NONCE}:start 12 345 12 1 boot\nrr:rr:out rr:${NONCE} \u00e9put` +
    `rr:${NONCE}:end 3\nfrom a daemon rr:${NONCE.slice(0, 5)}`,
);
const EXPECTED = [
  { kind: "noise", text: "motd\n" },
  { kind: "mark", text: "hello" },
  { kind: "noise", text: "more\n" },
  { kind: "mark", text: "start 12 345 12 1 boot" },
  { kind: "output", text: Buffer.from(`rr:rr:out rr:${NONCE} \u00e9put`).toString("latin1") },
  { kind: "mark", text: "end 3" },
  { kind: "late", text: `from a daemon rr:${NONCE.slice(0, 5)}` },
];

describe("the marks of a remote program", () => {
  test("are told from noise, output and what comes late", () => {
    expect(read([STREAM])).toEqual(EXPECTED);
  });

  test("are found when the stream is cut at any offset, and at any two", () => {
    for (let first = 0; first <= STREAM.length; first++) {
      for (let second = first; second <= STREAM.length; second += 1 + ((first * 7) % 5)) {
        const chunks = [STREAM.subarray(0, first), STREAM.subarray(first, second), STREAM.subarray(second)];
        expect(read(chunks)).toEqual(EXPECTED);
      }
    }
  });

  test("are found byte by byte", () => {
    expect(read([...STREAM].map((byte) => Buffer.from([byte])))).toEqual(EXPECTED);
  });

  test("binary output comes through unchanged, wherever it is cut", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 8 }),
        (bytes, cuts) => {
          const stream = Buffer.concat([
            Buffer.from(`rr:${NONCE}:start\n`),
            bytes,
            Buffer.from(`rr:${NONCE}:end 0\n`),
          ]);
          const offsets = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length].sort(
            (a, b) => a - b,
          );
          const chunks = offsets.slice(1).map((offset, index) => stream.subarray(offsets[index], offset));
          const output = read(chunks)
            .filter(({ kind }) => kind === "output")
            .map(({ text }) => text)
            .join("");
          expect(output).toBe(Buffer.from(bytes).toString("latin1"));
        },
      ),
    );
  });

  test("another submission's marks are output", () => {
    expect(read([Buffer.from(`rr:${NONCE}:start\nrr:othernonce:end 0\n`)])).toEqual([
      { kind: "mark", text: "start" },
      { kind: "output", text: "rr:othernonce:end 0\n" },
    ]);
  });

  test("a prefix that no newline ends within 8 KiB is output, and memory stays bounded", () => {
    const long = "x".repeat(9000);
    const stream = Buffer.from(`rr:${NONCE}:start\nrr:${NONCE}:${long}\nrr:${NONCE}:end 0\n`);
    const expected = [
      { kind: "mark", text: "start" },
      { kind: "output", text: `rr:${NONCE}:${long}\n` },
      { kind: "mark", text: "end 0" },
    ];
    expect(read([stream])).toEqual(expected);
    expect(read([...stream].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });
});
