import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import type { FlowProblem } from "../problem.ts";
import { sourceText } from "../source/source-text.ts";
import { clip } from "../source/visible.ts";
import type { Expressions } from "./expressions.ts";

/** `--limit` and `--exclude`: which hosts of the flow take part. */
export interface Selection {
  /** As it was asked for: `--limit db[1-3] --exclude db2`; undefined: all hosts. */
  readonly asked?: string;
  takes(name: string): boolean;
  /** What each option names, for telling what is in no job. */
  readonly named: readonly { readonly option: string; readonly names: ReadonlySet<string> }[];
  problem(message: string): FlowProblem;
}

export function readSelection(
  options: { readonly limit?: string | undefined; readonly exclude?: readonly string[] | undefined },
  expressions: Expressions,
): Result<Selection, readonly FlowProblem[]> {
  const limit = read("--limit", options.limit, expressions);
  // Each by itself: `a&b` of one must not meet what another names.
  const exclude = (options.exclude ?? []).map((expression) => read("--exclude", expression, expressions));
  const problems = [limit, ...exclude].flatMap((result) => (result.ok ? [] : [result.error]));
  if (!limit.ok || problems.length > 0) return fail(problems);
  const only = limit.value;
  const without = exclude.flatMap((result) =>
    result.ok && result.value !== undefined ? [result.value] : [],
  );
  const written = [...(only === undefined ? [] : [only]), ...without];
  const asked = written.map(({ option, expression }) => `${option} ${clip(expression)}`).join(" ");
  return succeed({
    ...(asked === "" ? {} : { asked }),
    takes: (name) => only?.names.has(name) !== false && !without.some(({ names }) => names.has(name)),
    named: written,
    problem: (message) => {
      const { option = "--limit", expression = "" } = written[0] ?? {};
      return sourceText(expression, option).problemAt(0, [], message);
    },
  });
}

interface Part {
  readonly option: string;
  readonly expression: string;
  readonly names: ReadonlySet<string>;
}

function read(
  option: string,
  expression: string | undefined,
  expressions: Expressions,
): Result<Part | undefined, FlowProblem> {
  if (expression === undefined) return succeed(undefined);
  const expanded = expressions.expand(expression, false);
  const source = sourceText(expression, option);
  if (!expanded.ok) {
    const { column, message, hint } = expanded.error;
    return fail(source.problemAt(column - 1, [], message, hint));
  }
  const withLogin = expanded.value.find((host) => host.user !== undefined || host.port !== undefined);
  if (withLogin !== undefined) {
    return fail(source.problemAt(0, [], `${option} names hosts by name alone`, "leave out user and port"));
  }
  return succeed({ option, expression, names: new Set(expanded.value.map((host) => host.name)) });
}
