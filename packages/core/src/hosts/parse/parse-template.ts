import type { Result } from "../../errors.ts";
import { succeed } from "../../errors.ts";
import { characterFault } from "./characters.ts";
import { MAX_NAME_LENGTH } from "./host-name.ts";
import type { NameTemplate } from "./name-template.ts";
import type { Bracket } from "./number-ranges.ts";
import { parseBracket } from "./parse-bracket.ts";
import type { Fault, HostExpressionProblem, Span } from "../problem.ts";
import { failAt } from "../problem.ts";

/** The characters outside of brackets, as a sticky pattern that takes as many as there are. */
export const NAME_CHARACTERS = /[A-Za-z0-9_.-]*/y;
export const IPV6_CHARACTERS = /[A-Za-z0-9_.:%-]*/y;

/**
 * Reads a name with brackets, which must be closed within the span.
 * @param faultOf says why another character may not stand in it
 */
export function parseTemplate(
  text: string,
  span: Span,
  characters: RegExp,
  faultOf: (char: string) => Fault = characterFault,
): Result<NameTemplate, HostExpressionProblem> {
  const texts: string[] = [];
  const brackets: Bracket[] = [];
  let length = 0;
  for (let at = span.start; ;) {
    const end = endOfText(text, { start: at, end: span.end }, characters);
    texts.push(text.slice(at, end));
    length += end - at;
    // Checked here, too, so that a name of a million brackets is not read to its end.
    if (length > MAX_NAME_LENGTH) {
      return failAt(span, { message: `a name of more than ${MAX_NAME_LENGTH} characters` });
    }
    if (end === span.end) return succeed({ texts, brackets });
    if (text[end] !== "[") {
      const char = String.fromCodePoint(text.codePointAt(end) ?? 0);
      return failAt({ start: end, end: end + char.length }, faultOf(char));
    }
    const close = text.indexOf("]", end);
    const bracket = parseBracket(text, { start: end + 1, end: close });
    if (!bracket.ok) return bracket;
    brackets.push(bracket.value);
    length += 1;
    at = close + 1;
  }
}

function endOfText(text: string, { start, end }: Span, characters: RegExp): number {
  characters.lastIndex = start;
  characters.test(text);
  return Math.min(characters.lastIndex, end);
}
