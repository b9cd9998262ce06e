import type { Bracket } from "./number-ranges.ts";
import { countNumbers, eachNumber, isAscending, longestNumber, zeroPaddedNumber } from "./number-ranges.ts";

/**
 * A name with brackets in it: `texts[0]`, a number of `brackets[0]`, `texts[1]`, … `texts.length` is
 * `brackets.length + 1`.
 */
export interface NameTemplate {
  readonly texts: readonly string[];
  readonly brackets: readonly Bracket[];
}

/** How many names are written (repeated ones counted), known without making them; up to Infinity. */
export function countNames({ brackets }: NameTemplate): number {
  let count = 1;
  for (const bracket of brackets) count *= countNumbers(bracket);
  return count;
}

/**
 * Whether no name is written twice, as far as that is plain to see: ascending numbers, and between two
 * brackets a text that ends the digits of the first.
 */
export function isWithoutRepeats({ texts, brackets }: NameTemplate): boolean {
  return brackets.every(isAscending) && texts.slice(1, -1).every((text) => /\D/.test(text));
}

/** Calls `visit` with each name, the last bracket running fastest, until it returns false. */
export function eachName(template: NameTemplate, visit: (name: string) => boolean): void {
  const { texts, brackets } = template;
  const extend = (prefix: string, index: number): boolean => {
    const bracket = brackets[index];
    if (bracket === undefined) return visit(prefix);
    const text = texts[index + 1] ?? "";
    const isLast = index + 1 === brackets.length;
    return eachNumber(bracket, (digits) => {
      const name = text === "" ? prefix + digits : prefix + digits + text;
      return isLast ? visit(name) : extend(name, index + 1);
    });
  };
  extend(texts[0] ?? "", 0);
}

/**
 * Names that show every fault that any name of the template can have: the longest, with the largest
 * numbers, and where there is zero padding one that shows it.
 */
export function extremeNames(template: NameTemplate): readonly string[] {
  if (template.brackets.length === 0) return template.texts;
  const longest = fill(template, longestNumber);
  const padded = fill(template, (bracket) => zeroPaddedNumber(bracket) ?? longestNumber(bracket));
  return longest === padded ? [longest] : [longest, padded];
}

function fill({ texts, brackets }: NameTemplate, choose: (bracket: Bracket) => string): string {
  return texts
    .map(
      (text, index) =>
        text +
        brackets
          .slice(index, index + 1)
          .map(choose)
          .join(""),
    )
    .join("");
}
