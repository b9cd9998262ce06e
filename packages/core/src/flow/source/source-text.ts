import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { formatPath } from "../problem.ts";
import type { FlowProblem, Path } from "../problem.ts";
import { firstInvalidByte } from "./utf8.ts";
import { visible } from "./visible.ts";

// Part of ECMAScript's companions everywhere, and pure; the rooms without Node's types do not know it.
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM?: boolean },
) => { decode(bytes: Uint8Array): string };

/** Characters of a line that are shown; of longer ones, the part around the position. */
const SHOWN = 100;

/** A file's text, and how to say where in it something stands. */
export interface SourceText {
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;
  /** A problem at an offset into `text`. */
  problemAt(offset: number, path: Path, message: string, hint?: string): FlowProblem;
}

/** Bytes must be UTF-8: a wrong one is a problem with its position. A byte order mark is left out. */
export function decodeSource(input: Uint8Array | string, file: string): Result<SourceText, FlowProblem> {
  if (typeof input === "string") return succeed(sourceText(input.replace(/^\ufeff/, ""), file));
  const utf16 = (input[0] === 0xff && input[1] === 0xfe) || (input[0] === 0xfe && input[1] === 0xff);
  const invalidAt = utf16 ? 0 : firstInvalidByte(input);
  if (invalidAt === undefined) {
    return succeed(sourceText(new TextDecoder("utf-8", { fatal: true }).decode(input), file));
  }
  const before = new TextDecoder("utf-8", { fatal: true }).decode(input.subarray(0, invalidAt));
  const line = new TextDecoder("utf-8", { fatal: false }).decode(
    input.subarray(invalidAt, invalidAt + SHOWN),
  );
  const byte = `0x${(input[invalidAt] ?? 0).toString(16).padStart(2, "0")}`;
  return fail(
    sourceText(before + line, file).problemAt(
      before.length,
      [],
      utf16 ? "the file is UTF-16, not UTF-8" : `byte ${invalidAt + 1} (${byte}) is not valid UTF-8`,
      "save the file as UTF-8",
    ),
  );
}

export function sourceText(text: string, file: string): SourceText {
  const lineStartOf = lineFinder(text);
  return {
    file,
    text,
    problemAt: (offset, path, message, hint) => {
      const { line, lineStart } = lineStartOf(offset);
      return {
        // Parsers quote what they find.
        message: visible(message),
        file,
        path: visible(formatPath(path)),
        line,
        column: offset - lineStart + 1,
        ...(hint === undefined ? {} : { hint: visible(hint) }),
        ...shown(text, lineStart, offset),
      };
    },
  };
}

/** Looks for line ends once, at the first problem, and not for each of many. */
function lineFinder(text: string): (offset: number) => { readonly line: number; readonly lineStart: number } {
  let starts: number[] | undefined;
  return (offset) => {
    if (starts === undefined) {
      starts = [0];
      for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    }
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, lineStart: starts[low] ?? 0 };
  };
}

function shown(text: string, lineStart: number, offset: number): { sourceLine: string; caret: number } {
  const nextLine = text.indexOf("\n", offset);
  const end = (nextLine === -1 ? text.length : nextLine) - (text[nextLine - 1] === "\r" ? 1 : 0);
  const from = offset - lineStart < SHOWN ? lineStart : offset - SHOWN / 2;
  const to = Math.max(Math.min(end, from + SHOWN), offset);
  const lead = from > lineStart ? "…" : "";
  const before = lead + visible(text.slice(from, offset));
  const sourceLine = before + visible(text.slice(offset, to)) + (to < end ? "…" : "");
  return { sourceLine, caret: Array.from(before).length + 1 };
}
