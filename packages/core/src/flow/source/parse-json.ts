import { createScanner, parseTree, printParseErrorCode } from "jsonc-parser";
import type { ParseError } from "jsonc-parser";
import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { LIMITS } from "./limits.ts";
import { finding } from "./syntax-tree.ts";
import type { Finding, SyntaxNode } from "./syntax-tree.ts";
import { firstOfEachLine } from "./syntax-errors.ts";
import { quote } from "./visible.ts";

// The token kinds of jsonc-parser's SyntaxKind, a const enum, which verbatim modules cannot import.
const OPEN_BRACE = 1;
const CLOSE_BRACE = 2;
const OPEN_BRACKET = 3;
const CLOSE_BRACKET = 4;
const END = 17;

/** JSON, also with comments and with commas after the last entry. */
export function parseJson(text: string): Result<SyntaxNode, readonly Finding[]> {
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== undefined) {
    return fail([finding(tooDeep, [], `is nested more than ${LIMITS.depth} levels deep`)]);
  }
  const errors = new FirstErrors();
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || root === undefined) {
    return fail(
      firstOfEachLine(
        text,
        errors.map((error) => describe(text, error)),
      ),
    );
  }
  return succeed(root);
}

/** A file with an error at each word does not fill the memory with them. */
class FirstErrors extends Array<ParseError> {
  static override get [Symbol.species]() {
    return Array;
  }

  override push(...errors: ParseError[]): number {
    return this.length < LIMITS.problems ? super.push(...errors) : this.length;
  }
}

/** Before parsing, since the parser calls itself for each level. */
function tooDeepAt(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== END; token = scanner.scan()) {
    if (token === OPEN_BRACE || token === OPEN_BRACKET) depth += 1;
    if (token === CLOSE_BRACE || token === CLOSE_BRACKET) depth -= 1;
    if (depth > LIMITS.depth) return scanner.getTokenOffset();
  }
  return undefined;
}

type ErrorName = ReturnType<typeof printParseErrorCode>;

/** Ours for each of jsonc-parser's errors; those marked `alone` do not make others after them. */
const TEXTS: Partial<Record<ErrorName, { text: string; hint?: string; alone?: true }>> = {
  InvalidSymbol: { text: "is no JSON", hint: 'texts and keys stand in double quotes: "text"' },
  InvalidNumberFormat: { text: "is no number" },
  PropertyNameExpected: { text: "a key in double quotes is expected here" },
  ValueExpected: { text: "a value is expected here" },
  ColonExpected: { text: "a colon is expected here, between key and value" },
  CommaExpected: { text: "a comma is expected before this", alone: true },
  CloseBraceExpected: { text: "a closing } is missing" },
  CloseBracketExpected: { text: "a closing ] is missing" },
  EndOfFileExpected: { text: "nothing can follow the end of the flow's object" },
  UnexpectedEndOfComment: { text: "the comment is not closed", hint: "it ends with */" },
  UnexpectedEndOfString: { text: "the text is not closed", hint: 'it ends with ", on the same line' },
  UnexpectedEndOfNumber: { text: "the number is cut off" },
  InvalidUnicode: { text: "\\u takes four hexadecimal digits", alone: true },
  InvalidEscapeCharacter: { text: "no such escape; a backslash is written \\\\", alone: true },
  InvalidCharacter: {
    text: "a control character stands in a text",
    hint: "write \\n for a new line, \\t for a tab",
    alone: true,
  },
};

function describe(text: string, error: ParseError): { finding: Finding; alone: boolean } {
  const name = printParseErrorCode(error.error);
  const known = TEXTS[name] ?? { text: name };
  const word = text.slice(error.offset, error.offset + error.length);
  const message = `not JSON: ${name === "InvalidSymbol" ? `${quote(word)}: ` : ""}${known.text}`;
  return { finding: finding(error.offset, [], message, known.hint), alone: known.alone === true };
}
