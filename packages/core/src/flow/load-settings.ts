import { fail, succeed, type Result } from "../errors.ts";
import type { FlowProblem } from "./problem.ts";
import { parseSource, problemMaker, tellProblems } from "./source/parse-source.ts";

/** One entry of a file of settings. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
  /** A problem with it, with its line. */
  readonly problem: (message: string, hint?: string) => FlowProblem;
}

/** Reads a file of names and values, JSON or YAML; what the names mean is for the caller. */
export function loadSettings(
  text: Uint8Array | string,
  { file }: { readonly file: string },
): Result<readonly Setting[], readonly FlowProblem[]> {
  const read = parseSource(text, file);
  if (!read.ok) return read;
  const parsed = read.value;
  if (parsed.findings.length > 0) return fail(tellProblems(parsed.source, parsed.findings));
  const problemAt = problemMaker(parsed);
  const entries = Object.entries(parsed.value as Readonly<Record<string, unknown>>);
  return succeed(
    entries.map(([key, value]) => ({
      key,
      value,
      problem: (message, hint) => problemAt({ path: [key], at: "key" }, message, hint),
    })),
  );
}
