import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { decodeSource } from "../../../src/flow/source/source-text.ts";
import { firstInvalidByte, utf8Length } from "../../../src/flow/source/utf8.ts";

vi.setConfig({ testTimeout: 180_000 });

const strict = new TextDecoder("utf-8", { fatal: true });

function nodeAccepts(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Bytes of which many are on the edges of the ranges of UTF-8. */
const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(
    0x00,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
  ),
);

describe("firstInvalidByte", () => {
  test("agrees with the platform's decoder, and all before the position is valid", () => {
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (list) => {
        const bytes = Uint8Array.from(list);
        const at = firstInvalidByte(bytes);
        expect(at === undefined).toBe(nodeAccepts(bytes));
        if (at !== undefined) expect(nodeAccepts(bytes.subarray(0, at))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});

test("utf8Length is the length of the encoded text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    }),
  );
});

describe("decodeSource", () => {
  test("tells the position of a wrong byte", () => {
    const bytes = Uint8Array.from([...Buffer.from("{\n  a: é"), 0xe9, ...Buffer.from("\n}")]);
    expect(decodeSource(bytes, "f.json")).toMatchObject({
      ok: false,
      error: {
        line: 2,
        column: 7,
        message: "byte 10 (0xe9) is not valid UTF-8",
        hint: "save the file as UTF-8",
      },
    });
  });

  test("knows UTF-16 by its byte order mark", () => {
    const bytes = Uint8Array.from(Buffer.from("\ufeff{}", "utf16le"));
    expect(decodeSource(bytes, "f.json")).toMatchObject({
      ok: false,
      error: { line: 1, column: 1, message: "the file is UTF-16, not UTF-8" },
    });
  });

  test("leaves a byte order mark out, in bytes and in text", () => {
    const bytes = new TextEncoder().encode("\ufeff{}");
    expect(decodeSource(bytes, "f")).toMatchObject({ ok: true, value: { text: "{}" } });
    expect(decodeSource("\ufeff{}", "f")).toMatchObject({ ok: true, value: { text: "{}" } });
  });
});
