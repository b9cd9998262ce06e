import { matchesList } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";

/** All texts of these letters up to that length. */
function textsOf(letters: readonly string[], most: number): string[] {
  let last = [""];
  const all = [""];
  for (let length = 1; length <= most; length += 1) {
    last = last.flatMap((text) => letters.map((letter) => text + letter));
    all.push(...last);
  }
  return all;
}

/** As the manual puts it, tried in all ways. */
function byTheBook(text: string, pattern: string): boolean {
  const [first, rest] = [pattern[0], pattern.slice(1)];
  if (first === undefined) return text === "";
  if (first === "*")
    return Array.from({ length: text.length + 1 }, (_, at) => text.slice(at)).some((tail) =>
      byTheBook(tail, rest),
    );
  return text !== "" && (first === "?" || first === text[0]) && byTheBook(text.slice(1), rest);
}

describe("a pattern", () => {
  it("matches what the manual says, for all short patterns and texts", () => {
    const texts = textsOf(["a", "b"], 5);
    const wrong = textsOf(["a", "b", "*", "?"], 4).flatMap((pattern) =>
      texts
        .filter((text) => matchesList(text, pattern) !== byTheBook(text, pattern))
        .map((text) => `${pattern} ${text}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ["a.c", "abc", false],
    ["a[b]c", "abc", false],
    ["a\\*", "a\\x", true],
    ["(a", "(a", true],
    ["*", "a\nb", true],
    ["a,b", "b", true],
    ["!a,*", "a", false],
    ["*,!a", "a", false],
    ["!a", "b", false],
  ])("%s of %j: %s", (list, text, isMatched) => {
    expect(matchesList(text, list)).toBe(isMatched);
  });

  it("with many stars costs no more than its length times the name's", () => {
    const startedAt = performance.now();
    expect(matchesList("a".repeat(255), `${"*a".repeat(40)}*b`)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
