import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clip, safeText } from "../../../src/reporters/text/safe-text.ts";
import { spokenDuration } from "../../../src/reporters/text/durations.ts";

describe("safeText", () => {
  it.each([
    ["plain\ttext\nof two lines", "plain\ttext\nof two lines"],
    ["\u001b[31mred", "␛[31mred"],
    ["\u001b[\u001b[31m31mx", "␛[␛[31m31mx"],
    ["one\r\ntwo\rthree", "one\ntwo\nthree"],
    ["\u009b31m\u202egpj.exe", "\\u009b31m\\u202egpj.exe"],
    ["\u0000\u0007\u007f", "␀␇␡"],
    ["日本語 ✓", "日本語 ✓"],
  ])("%j", (text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  it("lets no control character through, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(safeText(text)).not.toMatch(
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
        );
      }),
    );
  });
});

describe("clip", () => {
  it("ends what does not fit in an ellipsis", () => {
    expect(clip("12345", 5)).toBe("12345");
    expect(clip("123456", 5)).toBe("1234…");
  });
});

describe("spokenDuration", () => {
  it.each([
    [0, "0.0 s"],
    [12_345, "12.3 s"],
    [59_949, "59.9 s"],
    [59_950, "1 min 00 s"],
    [245_000, "4 min 05 s"],
    [3_599_600, "1 h 00 min"],
    [7_380_000, "2 h 03 min"],
  ])("%d ms is %s", (ms, text) => {
    expect(spokenDuration(ms)).toBe(text);
  });
});
