import fc from "fast-check";
import { expect, test } from "vitest";
import { globPattern } from "../../../src/ssh/config/glob-pattern.ts";

test.each([
  ["a*c", ["ac", "abc", "a*c"], ["a", "ab", "xac"]],
  ["?", ["a", "]"], ["", "ab", "."]],
  ["[z-a]", [], ["z", "a", "-", "["]],
  ["[a-c]x", ["ax", "cx"], ["dx", "-x"]],
  ["[!a-c]", ["d", "-"], ["a", "b", "c"]],
  ["[^a]", ["^", "a"], ["b"]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[!]a]", ["b"], ["]", "a"]],
  ["[a", ["[a"], ["a"]],
  ["\\[a\\]", ["[a]"], ["a"]],
  ["[a\\-c]", ["a", "-", "c"], ["b", "\\"]],
  ["[[:alpha:]][[:digit:]]", ["a1"], ["1a", "aa"]],
  ["[[:alpha:]_]*", ["a", "_x"], ["1"]],
  ["[[:nope:]]*", [], ["a", "[", "n"]],
  ["*", ["a"], [".a"]],
  [".*", [".a", "."], ["a"]],
  ["a\\", ["a\\"], ["a"]],
])("%s", (pattern, yes, no) => {
  const { matches } = globPattern(pattern);
  expect(yes.filter((name) => !matches(name))).toEqual([]);
  expect(no.filter((name) => matches(name))).toEqual([]);
});

test("what holds no pattern is a name, its backslashes taken away", () => {
  expect(globPattern("a.conf").literal).toBe("a.conf");
  expect(globPattern("\\*\\?\\[x").literal).toBe("*?[x");
  expect(globPattern("[x").literal).toBe("[x");
  expect(globPattern("a*").literal).toBe(undefined);
});

test("any text is a pattern, and many stars cost no time", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (pattern, name) => {
      expect(typeof globPattern(pattern).matches(name)).toBe("boolean");
    }),
  );
  expect(globPattern(`${"*a".repeat(50)}b`).matches("a".repeat(5000))).toBe(false);
});
