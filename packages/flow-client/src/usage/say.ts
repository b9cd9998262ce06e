import { safeText } from "../reporters/text/safe-text.ts";

/** Messages of the program itself go to stderr, harmless whatever they name; stdout is for results. */
export function say(...lines: readonly string[]): void {
  process.stderr.write(`${safeText(lines.join("\n"))}\n`);
}
