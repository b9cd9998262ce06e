import { describe, expect, test } from "vitest";
import { formatFlowProblem } from "../../../src/flow/problem.ts";
import { problemsOf, shortly } from "../reading.ts";

describe("what is no JSON", () => {
  test.each([
    ["{", "1:2 : not JSON: a closing } is missing"],
    ['{\n "name": "x"\n "slots": [] }', "3:2 : not JSON: a comma is expected before this"],
    ['{"name" "x"}', "1:9 : not JSON: a colon is expected here, between key and value"],
    ["{name: 1}", '1:2 : not JSON: "name": is no JSON'],
    ["{'name': 1}", `1:2 : not JSON: "'name'": is no JSON`],
    ['{"name": "x}', "1:10 : not JSON: the text is not closed"],
    ['{"name": "a\tb"}', "1:10 : not JSON: a control character stands in a text"],
    ['{"name": "\\x"}', "1:10 : not JSON: no such escape; a backslash is written \\\\"],
    ['{"name": 1} x', '1:13 : not JSON: "x": is no JSON'],
    ['{"name": /* x', "1:10 : not JSON: the comment is not closed"],
    ["[1, 2]", "1:1 : the file holds a list, not an object in { }"],
    ["// nothing else", "1:16 : not JSON: a value is expected here"],
  ])("%j", (text, problem) => {
    expect(shortly(problemsOf(text))).toEqual([problem]);
  });

  test("independent errors are told together, one a line", () => {
    const text = '{\n"a": 1\n"b": 2\n"c": 3 "d": 4\n"e": 5}';
    expect(problemsOf(text).map(({ line }) => line)).toEqual([3, 4, 5]);
  });
});

describe("what is no YAML", () => {
  test.each([
    ["hosts: @web", 8, "quote it if it is meant as text"],
    ["hosts: !web", 8, "quote it if it is meant as text"],
    ["hosts: &web", 12, "quote it if it is meant as text"],
    ["hosts: *web", 8, "quote it if it is meant as text"],
    ["hosts: %web", 8, "quote it if it is meant as text"],
    ["hosts: `web`", 8, "quote it if it is meant as text"],
    ["hosts: !!str web", 14, "quote it if it is meant as text"],
    ["a: { at: lb[1-2] }", 12, 'in YAML quote what has brackets inside {an object}: { at: "lb[1-2]" }'],
    ["hosts: [db[1-3], api]", 11, 'in YAML quote what has brackets inside a [list]: ["db[1-3]", api]'],
    ["command: echo a: b", 10, "quote the whole text"],
    ["slots:\n\t- jobs", 1, "indent with blanks"],
  ])("%j", (text, column, hint) => {
    expect(problemsOf(text)).toMatchObject([{ column, hint }]);
  });

  test.each([
    [
      "just some words",
      'this is neither JSON (which begins with {) nor YAML with "key: value" lines; it holds a string',
    ],
    ["--- {}\n--- {}", "not YAML: a second document begins here; a file holds one"],
    ["? [a]\n: b", "not YAML: a key is a text, not a list or an object"],
    ['a: "x', 'not YAML: Missing closing "quote'],
  ])("%j", (text, message) => {
    expect(problemsOf(text)).toMatchObject([{ message }]);
  });

  test("independent errors are told together", () => {
    expect(problemsOf("a: @x\nb: !y\nc: echo a: b").map(({ line }) => line)).toEqual([1, 2, 3]);
  });
});

describe("what is neither", () => {
  test.each(["", "   \n\t\n", "\ufeff", "# only a comment\n", "---\n"])("%j is empty", (text) => {
    expect(problemsOf(text)).toMatchObject([{ message: "the file is empty" }]);
  });
});

test("an error is shown with its line", () => {
  const text = 'slots:\n  - jobs:\n      - {hosts: db1, command: "true", paralellism: 50%}\n';
  expect(problemsOf(text).map(formatFlowProblem)).toEqual([
    [
      'flow.json:3:39: slots[0].jobs[0].paralellism: unknown key "paralellism"',
      '  3 |       - {hosts: db1, command: "true", paralellism: 50%}',
      "    |                                       ^",
      "  did you mean parallelism?",
    ].join("\n"),
  ]);
});

describe("formats", () => {
  const plain = '{"slots": [{"jobs": [{"hosts": "db1", "command": "true"}]}]}';
  test.each([
    ["JSON", plain],
    ["JSON with CR LF", plain.replaceAll(" ", "\r\n")],
    ["JSON with a byte order mark", `\ufeff${plain}`],
    ["JSON with comments and last commas", `// a\n${plain.replaceAll("}]", "},]")} /* b */`],
    ["YAML", 'slots:\n- jobs:\n  - hosts: db1\n    command: "true"\n'],
    ["YAML with CR LF", 'slots:\r\n- jobs:\r\n  - hosts: db1\r\n    command: "true"\r\n'],
    ["YAML with a byte order mark", '\ufeffslots:\n- jobs:\n  - hosts: db1\n    command: "true"\n'],
    ["YAML that says 1.1", `%YAML 1.1\n---\nslots: ${plain.slice(10, -1)}`],
    ["JSON after a YAML comment", `# ours\n${plain}`],
  ])("%s", (_, text) => {
    expect(shortly(problemsOf(text))).toEqual([]);
    expect(shortly(problemsOf(new TextEncoder().encode(text)))).toEqual([]);
  });
});
