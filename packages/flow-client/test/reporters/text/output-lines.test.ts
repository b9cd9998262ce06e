import { describe, expect, it } from "vitest";
import { onTerminal } from "../../../src/reporters/text/on-terminal.ts";
import { bothEnds, outputLines } from "../../../src/reporters/text/output-lines.ts";

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, n) => `line ${n + 1}\n`).join("");
const texts = (lines: readonly { readonly text: string }[]) => lines.map(({ text }) => text);

describe("onTerminal", () => {
  it.each([
    ["10%\r20%\r100%\ndone\n", "100%\ndone\n"],
    ["Get 1 long name\rdone", "done1 long name"],
    ["long\r\u001b[Kok\n", "ok\n"],
    ["long\u001b[2K\rok\n", "ok\n"],
    ["|\b/\b-\b\\\b done\n", " done\n"],
    ["\u001b[32m 50%\u001b[0m\r\u001b[32m100%\u001b[0m\n", "100%\n"],
    ["one\r\ntwo\r\n", "one\ntwo\n"],
    ["50%\r", "50%"],
    ["日本\r12\n", "12\n"],
    ["\u001b[31mred\n", "\u001b[31mred\n"],
  ])("%j", (text, shown) => {
    expect(onTerminal(text)).toBe(shown);
  });

  it("takes a megabyte of one progress bar in its stride", () => {
    const bar = Array.from({ length: 50_000 }, (_, n) => `\r${n} of 50000 done`).join("");
    expect(onTerminal(bar)).toBe("49999 of 50000 done");
  });
});

describe("outputLines", () => {
  it("tells the gap where it is", () => {
    const head = "one\ntwo\nthr";
    const kept = { text: `${head}ninety\n`, omittedBytes: 700, gapAt: head.length };
    expect(texts(outputLines(kept))).toEqual([
      "one",
      "two",
      "thr",
      "… 700 bytes were not kept here",
      "ninety",
    ]);
  });

  it("tells a gap of which nothing stands before or behind", () => {
    expect(texts(outputLines({ text: "", omittedBytes: 1, gapAt: 0 }))).toEqual([
      "… 1 byte was not kept here",
    ]);
    const behind = outputLines({ text: "a\n", omittedBytes: 9, gapAt: 2 });
    expect(texts(behind)).toEqual(["a", "… 9 bytes were not kept here"]);
  });
});

describe("bothEnds", () => {
  it("shows the first quarter and the end, and counts every line between them", () => {
    const lines = outputLines({ text: numbered(1980), omittedBytes: 0, gapAt: 0 });
    const shown = texts(bothEnds(lines, 20));
    expect(shown).toHaveLength(20);
    expect(shown.slice(0, 5)).toEqual([
      "line 1",
      "line 2",
      "line 3",
      "line 4",
      "… 1961 lines are left out here",
    ]);
    expect(shown.at(-1)).toBe("line 1980");
  });

  it("counts what was not kept with what is not shown", () => {
    const head = numbered(100);
    const lines = outputLines({ text: head + numbered(100), omittedBytes: 5000, gapAt: head.length });
    const gap = bothEnds(lines, 20).find(({ isCut }) => isCut);
    expect(gap).toEqual({
      text: "… 181 lines are left out here, and 5000 bytes were not kept",
      gapBytes: 5000,
      isCut: true,
    });
  });

  it("leaves what fits as it is", () => {
    const lines = outputLines({ text: numbered(20), omittedBytes: 0, gapAt: 0 });
    expect(bothEnds(lines, 20)).toEqual(lines);
  });
});
