import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capturedText, LiveText, toText } from "../../../src/daemon/task/output-text.ts";

describe("capturedText", () => {
  it("joins head and tail, and leaves out a character that the cut tore", () => {
    const bytes = Buffer.from("aé日");
    expect(capturedText({ head: bytes.subarray(0, 2), tail: bytes.subarray(2), omittedBytes: 0 })).toEqual({
      data: "aé日",
      headBytes: 2,
      omittedBytes: 0,
    });
    expect(capturedText({ head: bytes.subarray(0, 2), tail: bytes.subarray(4), omittedBytes: 9 })).toEqual({
      data: "a",
      headBytes: 1,
      // The nine, one of é and two of 日.
      omittedBytes: 12,
    });
  });

  it("keeps binary output as bytes", () => {
    const binary = Buffer.from([0xff, 0xfe, 0x00]);
    expect(capturedText({ head: binary, tail: Buffer.alloc(0), omittedBytes: 0 })).toEqual({
      data: binary.toString("base64"),
      encoding: "base64",
      headBytes: 3,
      omittedBytes: 0,
    });
    expect(toText(Buffer.from("ok"))).toEqual({ data: "ok" });
  });
});

describe("LiveText", () => {
  it("gives the same text however it is cut", () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 20 });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), cuts, (text, at) => {
        const bytes = Buffer.from(text.toWellFormed());
        const places = [
          0,
          ...at.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ];
        const live = new LiveText();
        const parts = places.slice(1).map((end, index) => live.push(bytes.subarray(places[index], end)));
        parts.push(live.end());
        expect(parts.every((part) => part?.encoding === undefined)).toBe(true);
        expect(parts.map((part) => part?.data ?? "").join("")).toBe(text.toWellFormed());
      }),
    );
  });
});
