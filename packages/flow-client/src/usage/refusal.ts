import { EXIT, type ExitCode } from "./exit-codes.ts";
import { say } from "./say.ts";

/** Why something was not done, for the operator, and the exit code that says it. */
export interface Refusal {
  readonly lines: readonly string[];
  readonly code: ExitCode;
}

/** Of what the operator asked for. */
export function wrongUse(text: string): Refusal {
  return { lines: text.split("\n"), code: EXIT.usage };
}

/** Says it, and gives the exit code. */
export function tell({ lines, code }: Refusal): ExitCode {
  say(...lines);
  return code;
}

/** Each line of it is a sentence. */
export function inOneLine({ lines }: Refusal): string {
  return lines.map((line, at) => (at < lines.length - 1 && /\w$/.test(line) ? `${line}.` : line)).join(" ");
}
