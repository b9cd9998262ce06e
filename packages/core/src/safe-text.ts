/**
 * What text may not hold where people look at it: control characters but tab and newline, among them the escapes of C0 and
 * C1; line separators; what changes the direction of text; and what takes no room, so that two texts that look the same are
 * not (zero-width characters, tags, fillers). A variation selector behind a pictograph may stand.
 */
const UNSAFE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}](?<![\t\n])(?<!\p{Extended_Pictographic}[\ufe0e\ufe0f])/gu;

/** Most texts hold nothing but these. */
const PLAIN = /^[\t\n\u0020-\u007e]*$/;
const PLAIN_LINE = /^[\u0020-\u007e]*$/;

/**
 * Makes text harmless on a terminal: what it may not hold becomes a visible sign. A carriage return ends a line. It is the
 * one place that says what is harmless.
 */
export function safeText(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(/\r\n?/g, "\n").replaceAll(UNSAFE, visible);
}

/** As safeText, on one line. */
export function safeLine(text: string): string {
  return PLAIN_LINE.test(text) ? text : safeText(text).replaceAll(/[\n\t]/g, " ");
}

/** One character for each, so that columns stay what they are. */
export function safeColumns(text: string): string {
  return text
    .replaceAll("\t", " ")
    .replaceAll("\n", "\u240a")
    .replaceAll(UNSAFE, (character) => {
      const sign = visible(character);
      return sign.length === 1 ? sign : "\ufffd";
    });
}

/** The value as JSON that is harmless on a terminal: what may not stand there is escaped, so that it reads back the same. */
export function safeJson(value: unknown, indent?: number): string {
  return safeJsonText(JSON.stringify(value, undefined, indent));
}

export function safeJsonText(json: string): string {
  return PLAIN.test(json) ? json : json.replaceAll(UNSAFE, escaped);
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return code > 0xffff ? `\\u{${code.toString(16)}}` : escaped(character);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}
