import type { KeptStream } from "@roadrunner/engine/story";
import { safeText } from "./safe-text.ts";
import { onTerminal } from "./on-terminal.ts";
import { counted } from "./words.ts";

/** A line of output, or a gap in it. */
export interface OutputLine {
  readonly text: string;
  /** Of a note of ours, which is no line of the host: how many bytes stood here that were not kept. */
  readonly gapBytes?: number;
  /** It stands for what is kept, and is not shown. */
  readonly isCut?: boolean;
}

/** The lines of a stream, harmless, as a terminal would show them, with the gap where it is. */
export function outputLines({ text, omittedBytes, gapAt }: KeptStream): readonly OutputLine[] {
  if (omittedBytes === 0) return textLines(text);
  const gap = { text: gapText(0, omittedBytes), gapBytes: omittedBytes };
  return [...textLines(text.slice(0, gapAt)), gap, ...textLines(text.slice(gapAt))];
}

function textLines(text: string): readonly OutputLine[] {
  const lines = safeText(onTerminal(text)).trimEnd().split("\n");
  return lines.length === 1 && lines[0] === "" ? [] : lines.map((line) => ({ text: line }));
}

/** The first and the last of at most `most` lines: what went wrong stands mostly at the end. What is between is counted. */
export function bothEnds(lines: readonly OutputLine[], most: number, indent = ""): readonly OutputLine[] {
  if (lines.length <= most) return lines;
  const first = Math.floor((most - 1) / 4);
  const last = most - 1 - first;
  const left = lines.slice(first, lines.length - last);
  const gapBytes = left.reduce((sum, line) => sum + (line.gapBytes ?? 0), 0);
  const gapLines = left.filter((line) => line.gapBytes === undefined).length;
  const gap = { text: indent + gapText(gapLines, gapBytes), gapBytes, isCut: true };
  return [...lines.slice(0, first), gap, ...lines.slice(lines.length - last)];
}

function gapText(lines: number, bytes: number): string {
  const missing = `${counted(bytes, "byte")} ${bytes === 1 ? "was" : "were"} not kept`;
  if (lines === 0) return `… ${missing} here`;
  const left = `… ${counted(lines, "line")} ${lines === 1 ? "is" : "are"} left out here`;
  return bytes === 0 ? left : `${left}, and ${missing}`;
}
