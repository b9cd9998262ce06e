import { describe, expect, test } from "vitest";
import { formatFlowProblem, formatPath } from "../../src/flow/problem.ts";
import { sourceText } from "../../src/flow/source/source-text.ts";

describe("formatPath", () => {
  test.each([
    [[], ""],
    [["slots", 0, "jobs", 1, "success"], "slots[0].jobs[1].success"],
    [["hosts", "db[1-3]", "port"], 'hosts["db[1-3]"].port'],
    [["env", "a.b"], 'env["a.b"]'],
    [["$schema"], "$schema"],
  ])("%j", (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe("formatFlowProblem", () => {
  const show = (text: string, position: string, hint?: string): readonly string[] =>
    formatFlowProblem(
      sourceText(text, "deploy.json").problemAt(text.indexOf(position), ["slots", 0], "is wrong", hint),
    ).split("\n");

  test("shows position, line, caret and hint", () => {
    expect(show('{\n  "slots": [3]\n}', "3", "write a slot")).toEqual([
      "deploy.json:2:13: slots[0]: is wrong",
      '  2 |   "slots": [3]',
      "    |             ^",
      "  write a slot",
    ]);
  });

  test("leaves out path and line where there are none", () => {
    const problem = { file: "-", line: 1, column: 1, path: "", message: "the file is empty" };
    expect(formatFlowProblem(problem)).toBe("-:1:1: the file is empty");
  });

  test("clips a long line around the position, and the caret stays under it", () => {
    const [head, line = "", caret = ""] = show(`${"a".repeat(1_000_000)}X${"b".repeat(1_000_000)}`, "X");
    expect(head).toContain("deploy.json:1:1000001:");
    expect(line.length).toBeLessThan(120);
    expect(line[caret.indexOf("^")]).toBe("X");
    expect(line).toMatch(/^ {2}1 \| …a+Xb+…$/);
  });

  test("makes control characters, bidi overrides and halves of characters visible", () => {
    const [, line = "", caret = ""] = show("\u001b[31m\ta\u0007\u202e\u009b\ud800\u007fX\r\n", "X");
    expect(line).toBe("  1 | ␛[31m a␇���␡X");
    expect(line[caret.indexOf("^")]).toBe("X");
  });

  test("counts a character beyond the BMP once under the caret and as two units in the column", () => {
    const [head, line = "", caret = ""] = show("🦤🦤X", "X");
    expect(head).toContain(":1:5:");
    expect(Array.from(line)[caret.indexOf("^")]).toBe("X");
  });

  test.each([
    ["X", 1, 1],
    ["\nX", 2, 1],
    ["a\r\n\r\n X", 3, 2],
    ["\n\n\n", 1, 1],
  ])("%j: line %d, column %d", (text, line, column) => {
    const at = Math.max(0, text.indexOf("X"));
    expect(sourceText(text, "f").problemAt(at, [], "m")).toMatchObject({ line, column });
  });

  test("a position at the end of the file is shown too", () => {
    expect(sourceText("a\nb", "f").problemAt(3, [], "m")).toMatchObject({ line: 2, column: 2, caret: 2 });
  });
});
