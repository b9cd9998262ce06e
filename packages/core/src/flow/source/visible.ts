/** Characters that a terminal acts on, or that hide what a line says: C0, DEL, C1, separators, bidi controls. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

/** One printable character for each unsafe one, so that columns stay what they are. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0x09) return " ";
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** What was found, quoted for a message: at most 60 characters, no control characters. */
export function quote(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(visible(clip(value)));
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "number" || typeof value === "boolean" || value === null ? `${value}` : "an object";
}

/** At most 60 characters. */
export function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
