import { safeText } from "../reporters/text/safe-text.ts";

/** Who hears the messages of this process in place of its stderr. */
export interface Hearer {
  /** Whether a person reads them. */
  readonly isPerson: boolean;
  /** False: it hears nothing any more, and they go to stderr from here on. */
  hear(text: string): boolean;
}

let hearer: Hearer | undefined;

/** From now on messages go there; undefined: to stderr. */
export function sayTo(to: Hearer | undefined): void {
  hearer = to;
}

/** Messages of the program itself go to stderr, harmless whatever they name; stdout is for results. */
export function say(...lines: readonly string[]): void {
  const text = lines.join("\n");
  if (hearer?.hear(text) === true) return;
  hearer = undefined;
  process.stderr.write(`${safeText(text)}\n`);
}

/** Whether a person reads what is said. */
export function isReadByPerson(): boolean {
  return hearer?.isPerson ?? process.stderr.isTTY;
}
