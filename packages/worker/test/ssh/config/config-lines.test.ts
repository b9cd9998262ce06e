import { expect, test } from "vitest";
import { splitToken } from "../../../src/ssh/config/config-line.ts";
import { parseConfigLines, splitArguments } from "../../../src/ssh/config/config-lines.ts";

test.each([
  ["a b c", ["a", "b", "c"]],
  ["  a\tb  ", ["a", "b"]],
  ['"a b" c', ["a b", "c"]],
  ["'a b'", ["a b"]],
  [`"it's"`, ["it's"]],
  [`a"b c"d`, ["ab cd"]],
  [String.raw`a\ b`, ["a b"]],
  [String.raw`"a\"b"`, ['a"b']],
  [String.raw`a\\b`, [String.raw`a\b`]],
  [String.raw`a\nb`, [String.raw`a\nb`]],
  ["a # b", ["a"]],
  ["a#b", ["a#b"]],
  ["#a", []],
  ['""', [""]],
  ['"a', undefined],
  ["a 'b", undefined],
])("arguments of %j", (text, words) => {
  expect(splitArguments(text)).toEqual(words);
});

test.each([
  ["Host a", "Host", "a"],
  ["Host=a", "Host", "a"],
  ["Host = a b", "Host", "a b"],
  ["Host==a", "Host", "=a"],
  ['"Host" a', "Host", "a"],
  ["Host", "Host", ""],
  ["", "", ""],
])("the first word of %j", (text, token, rest) => {
  expect(splitToken(text)).toEqual({ token, rest });
});

test("a file: directives with their places, and what ssh would not read", () => {
  const { lines, problems } = parseConfigLines(
    "f",
    [
      "# comment",
      "",
      "Host  a  b\r",
      "\tPort = 22",
      'User "x',
      "Port 0",
      "Port 1 2",
      "User",
      "HostName x#y # z",
    ].join("\n"),
  );
  expect(lines.map(({ keyword, args, line }) => [line, keyword, ...args])).toEqual([
    [3, "host", "a", "b"],
    [4, "port", "22"],
    [9, "hostname", "x#y"],
  ]);
  expect(problems).toEqual([
    { file: "f", line: 5, message: "unbalanced quotes" },
    { file: "f", line: 6, message: 'Port: bad value "0"' },
    { file: "f", line: 7, message: "Port: more than one argument" },
    { file: "f", line: 8, message: "no argument after User" },
  ]);
});

test("ProxyCommand takes the line as it is", () => {
  const { lines } = parseConfigLines("f", `ProxyCommand sh -c 'nc "$1" # %p' x`);
  expect(lines[0]?.rest).toBe(`sh -c 'nc "$1" # %p' x`);
});
