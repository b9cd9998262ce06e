import type { Result } from "../errors.ts";
import { succeed } from "../errors.ts";
import { characterFault } from "./characters.ts";
import type { NameTemplate } from "./name-template.ts";
import type { Bracket } from "./number-ranges.ts";
import { parseBracket } from "./parse-bracket.ts";
import type { HostExpressionProblem, Span } from "./problem.ts";
import { failAt } from "./problem.ts";

/** Reads a name with brackets; `isAllowed` says which characters may stand outside of them. */
export function parseTemplate(
  text: string,
  span: Span,
  isAllowed: (char: string) => boolean,
): Result<NameTemplate, HostExpressionProblem> {
  const texts: string[] = [];
  const brackets: Bracket[] = [];
  let textStart = span.start;
  for (let at = span.start; at < span.end; at += 1) {
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (char === "[") {
      const close = text.indexOf("]", at);
      const bracket = parseBracket(text, { start: at + 1, end: close });
      if (!bracket.ok) return bracket;
      texts.push(text.slice(textStart, at));
      brackets.push(bracket.value);
      at = close;
      textStart = close + 1;
    } else if (!isAllowed(char)) {
      return failAt({ start: at, end: at + char.length }, characterFault(char));
    }
  }
  texts.push(text.slice(textStart, span.end));
  return succeed({ texts, brackets });
}
