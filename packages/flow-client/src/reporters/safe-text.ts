/**
 * Makes text harmless on a terminal: control characters (C0 but tab and newline, DEL, C1), bidi overrides and
 * line separators become visible signs, so that no escape sequence of a host's output reaches the terminal.
 * A carriage return ends a line.
 */
export function safeText(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n").replaceAll(UNSAFE, visible);
}

/** As safeText, on one line. */
export function safeLine(text: string): string {
  return safeText(text).replaceAll(/[\n\t]/g, " ");
}

const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `\\u${code.toString(16).padStart(4, "0")}`;
}

/** One line of at most `width` characters; what does not fit ends in an ellipsis. */
export function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
