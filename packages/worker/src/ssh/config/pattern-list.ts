/** OpenSSH's patterns (match.c): `*` and `?` in a word, lists with `,`, negation with `!`. */

/** Whether the whole text is matched by a pattern with `*` (any characters) and `?` (exactly one). */
export function matchesPattern(text: string, pattern: string): boolean {
  // Greedy with one step back: linear for all but adversarial patterns, and never exponential.
  let at = 0;
  let inPattern = 0;
  let starAt = -1;
  let starText = 0;
  while (at < text.length) {
    const char = pattern[inPattern];
    if (char === "*") {
      starAt = inPattern;
      starText = at;
      inPattern += 1;
    } else if (char !== undefined && (char === "?" || char === text[at])) {
      at += 1;
      inPattern += 1;
    } else if (starAt !== -1) {
      starText += 1;
      at = starText;
      inPattern = starAt + 1;
    } else return false;
  }
  while (pattern[inPattern] === "*") inPattern += 1;
  return inPattern === pattern.length;
}

export type PatternAnswer = "matches" | "negated" | "none";

/** A list of patterns: `negated` when a `!pattern` matches, whatever else does. */
export function matchPatterns(text: string, patterns: readonly string[]): PatternAnswer {
  let answer: PatternAnswer = "none";
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (!matchesPattern(text, negated ? pattern.slice(1) : pattern)) continue;
    if (negated) return "negated";
    answer = "matches";
  }
  return answer;
}
