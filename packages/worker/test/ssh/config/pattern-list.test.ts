import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesPattern, matchPatterns } from "../../../src/ssh/config/pattern-list.ts";

test.each([
  ["abc", "abc", true],
  ["abc", "ab", false],
  ["abc", "a*", true],
  ["abc", "*", true],
  ["", "*", true],
  ["", "?", false],
  ["", "", true],
  ["abc", "a?c", true],
  ["ac", "a?c", false],
  ["abc", "*c", true],
  ["abcabc", "*abc", true],
  ["aab", "*ab", true],
  ["abc", "a*b*c*", true],
  ["abc", "ABC", false],
  ["a.c", "a.c", true],
  ["axc", "a.c", false],
  ["[db]:22", "[db]:*", true],
])("%j, %j: %s", (text, pattern, matches) => {
  expect(matchesPattern(text, pattern)).toBe(matches);
});

test("agrees with a regular expression", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), letters, (text, pattern) => {
      const source = pattern.replaceAll("*", "[^]*").replaceAll("?", "[^]");
      expect(matchesPattern(text, pattern)).toBe(new RegExp(`^${source}$`).test(text));
    }),
  );
});

test("a pattern made to be slow is not", () => {
  const startedAt = performance.now();
  expect(matchesPattern("a".repeat(2000), `${"*a".repeat(200)}b`)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test.each([
  [["db*"], "matches"],
  [["db*", "!db1"], "negated"],
  [["!db1", "db*"], "negated"],
  [["!db2", "db*"], "matches"],
  [["!db2"], "none"],
  [["web*"], "none"],
  [[], "none"],
] as const)("db1 in %j: %s", (patterns, answer) => {
  expect(matchPatterns("db1", patterns)).toBe(answer);
});
