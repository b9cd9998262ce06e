import { visible } from "./source/visible.ts";

/** Something wrong in a file or on the command line that the operator can put right, and where it is. */
export interface FlowProblem {
  /** What is wrong: a sentence without the position. */
  readonly message: string;
  /** The file's name as given, or the option's (`--limit`). */
  readonly file: string;
  /** Such as `slots[0].jobs[1].success`; empty where the file as a whole is meant. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number;
  /** What to do about it. */
  readonly hint?: string;
  /** The line it stands on, for showing: long ones clipped, control characters made visible. */
  readonly sourceLine?: string;
  /** Where in `sourceLine` the position is, in characters from 1. */
  readonly caret?: number;
}

/** Names of fields and numbers of list entries, from the top of the file. */
export type Path = readonly (string | number)[];

/** `file:line:col: path: message`, then the line with a caret under the position, then the hint. */
export function formatFlowProblem(problem: FlowProblem): string {
  const { file, line, column, path, message, hint, sourceLine, caret } = problem;
  const lines = [`${visible(file)}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`];
  if (sourceLine !== undefined && caret !== undefined) {
    const number = String(line);
    lines.push(`  ${number} | ${sourceLine}`, `  ${" ".repeat(number.length)} | ${" ".repeat(caret - 1)}^`);
  }
  if (hint !== undefined) lines.push(`  ${hint}`);
  return lines.join("\n");
}

/** `slots[0].jobs[1].success`; a key that is no plain word is quoted: `hosts["db[1-3]"].port`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}
