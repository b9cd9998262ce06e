import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import type { FlowProblem } from "../problem.ts";
import { parseSource, problemMaker, tellProblems } from "../source/parse-source.ts";
import { sourceText } from "../source/source-text.ts";
import { quote } from "../source/visible.ts";

/** A value that somebody gave for a parameter, and how to say where. */
export interface GivenParam {
  readonly name: string;
  readonly value: unknown;
  /** Of the command line, where all is text. */
  readonly isText: boolean;
  /** A problem with its name, or with its value at a column from 1. */
  readonly problemAt: (
    at: "name" | { readonly column: number },
    message: string,
    hint?: string,
  ) => FlowProblem;
}

/** What was given for a flow's parameters; of a name that is given twice the last counts. */
export interface GivenParams {
  readonly values: readonly GivenParam[];
  /** For each secret that is given in a file, its path. */
  readonly secretFiles?: readonly GivenParam[];
  /** Not all that was given could be read. */
  readonly incomplete?: boolean;
}

/** Options that are given as NAME=… once for each parameter, and what stands behind the `=`. */
const OPTIONS = { "--param": "VALUE", "--secret-file": "PATH" } as const;

/** What an option says each time it was given. */
export function readParamOptions(
  texts: readonly string[],
  option: keyof typeof OPTIONS = "--param",
): { readonly values: readonly GivenParam[]; readonly problems: readonly FlowProblem[] } {
  const values = new Map<string, GivenParam>();
  const problems: FlowProblem[] = [];
  for (const text of texts) {
    const source = sourceText(text, option);
    const at = text.indexOf("=");
    if (at <= 0) {
      problems.push(source.problemAt(0, [], `must be NAME=${OPTIONS[option]}`));
      continue;
    }
    const name = text.slice(0, at);
    const given: GivenParam = {
      name,
      value: text.slice(at + 1),
      isText: true,
      // Without the line where the name is wrong: the value may be one that was meant for a secret.
      problemAt: (where, message, hint) =>
        where === "name"
          ? withoutLine(source.problemAt(0, [], message, hint))
          : source.problemAt(at + where.column, [name], message, hint),
    };
    if (values.has(name)) problems.push(given.problemAt("name", `gives ${quote(name)} twice; give it once`));
    else if (text.includes("\ufffd"))
      problems.push(given.problemAt("name", `the value of ${quote(name)} is no UTF-8 text`));
    values.set(name, given);
  }
  return { values: [...values.values()], problems };
}

/** A file of names and values, JSON or YAML as a flow. */
export function loadParams(
  text: Uint8Array | string,
  { file }: { readonly file: string },
): Result<readonly GivenParam[], readonly FlowProblem[]> {
  const read = parseSource(text, file);
  if (!read.ok) return read;
  const parsed = read.value;
  if (parsed.findings.length > 0) return fail(tellProblems(parsed.source, parsed.findings));
  const problem = problemMaker(parsed);
  return succeed(
    Object.entries(parsed.value as Readonly<Record<string, unknown>>).map(([name, value]) => ({
      name,
      value,
      isText: false,
      problemAt: (where, message, hint) =>
        where === "name"
          ? withoutLine(problem({ path: [name], at: "key" }, message, hint))
          : problem({ path: [name], column: where.column }, message, hint),
    })),
  );
}

function withoutLine(problem: FlowProblem): FlowProblem {
  const { sourceLine: _, caret: __, ...rest } = problem;
  return rest;
}
