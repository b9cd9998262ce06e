/** What hosts may write to harm who looks at it. Each must be harmless in every view. */
export const HOSTILE = {
  escapes:
    "\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[\u001b[31m31mx \u001bP1$r\u001b\\ \u009b31m \u009d0;t\u009c",
  controls: "a\u0000b\u0007c\bd\u007fe\u000cf\rover",
  bidi: "user\u202egpj.exe\u2066\u2069\u200f\u061c",
  markup:
    "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'><!--]]>&amp;\"'",
  hidden: "zero\u200bwidth\u2060 \u{e0041}\u{e0042}tags \u00ad\u034f\u3164\uffa0 \u{e0101} a\ufe0f",
  separators: "one\u2028two\u2029three\ufeff",
  surrogate: "half \ud800 of a pair",
  oneLine: "x".repeat(1_000_000),
} as const;

/** What may stand in nothing that people look at; a newline and a tab may, in output. */
export const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\u034f|\u17b4|\u17b5|\u180b|\u180e|\ufe0f/u;

/** Fields whose values are words of ours. */
const WORDS = new Set(
  "type time outcome verdict blame how stream encoding stdout stderr data kind answer".split(" "),
);

/** The value with something hostile behind every text in it that somebody else may have written. */
export function withHostileTexts<T>(value: T): T {
  const evil = [HOSTILE.escapes, HOSTILE.controls, HOSTILE.bidi, HOSTILE.hidden, HOSTILE.separators].join("");
  const map = (one: unknown, name = ""): unknown => {
    if (typeof one === "string") return WORDS.has(name) ? one : `${one}\nforged: ${evil}`;
    if (Array.isArray(one)) return one.map((item) => map(item, name));
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, field]) => [key, map(field, key)]));
  };
  return map(value) as T;
}

/** Bytes that are not UTF-8, as an event carries them. */
export const NOT_UTF8 = Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xc3, 0x28]).toString(
  "base64",
);
