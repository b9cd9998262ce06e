/** What hosts may write to harm who looks at it. Each must be harmless in every view. */
export const HOSTILE = {
  escapes:
    "\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[\u001b[31m31mx \u001bP1$r\u001b\\ \u009b31m \u009d0;t\u009c",
  controls: "a\u0000b\u0007c\bd\u007fe\u000cf\rover",
  bidi: "user\u202egpj.exe\u2066\u2069\u200f\u061c",
  markup:
    "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'><!--]]>&amp;\"'",
  separators: "one\u2028two\u2029three\ufeff",
  surrogate: "half \ud800 of a pair",
  oneLine: "x".repeat(1_000_000),
} as const;

/** Bytes that are not UTF-8, as an event carries them. */
export const NOT_UTF8 = Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xc3, 0x28]).toString(
  "base64",
);
