/** Some lines of a host, bounded, as a part of one line of ours; control characters do not pass. */
export function oneLine(text: string, most = 400): string {
  // What is far too long is not looked through to its end.
  const line = text
    .slice(0, 8 * most)
    .split(/[\r\n]+/)
    .map((part) => part.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd").trim())
    .filter((part) => part !== "")
    .join(" / ");
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
