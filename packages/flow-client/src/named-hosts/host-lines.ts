import {
  defined,
  expandHosts,
  fail,
  formatFlowProblem,
  formatHost,
  safeLine,
  succeed,
  type ExpandOptions,
  type Host,
  type Result,
} from "@roadrunner/core";

const MAX_SHOWN = 100;

/** A text's lines without their comments. */
export function linesIn(text: string): readonly string[] {
  return linesOf(text).map((line) => line.replace(/#.*$/s, ""));
}

function linesOf(text: string): readonly string[] {
  return text.replace(/^\ufeff/, "").split(/\r?\n/);
}

/** The hosts of a text with one host expression a line; from `#` on a line is a comment. Every problem is told. */
export function hostsInLines(
  text: string,
  name: string,
  { groups, labels }: Pick<ExpandOptions, "groups" | "labels">,
): Result<string, readonly string[]> {
  const hosts = new Map<string, Host>();
  const problems: string[] = [];
  const lines = linesOf(text);
  for (const [index, expression] of linesIn(text).entries()) {
    const line = lines[index] ?? "";
    if (expression.trim() === "") continue;
    const expanded = expandHosts(expression, { ...defined({ groups }), labels });
    if (expanded.ok) for (const host of expanded.value) hosts.set(host.name, hosts.get(host.name) ?? host);
    else if (!expanded.error.isEmpty) problems.push(problemAt(name, index + 1, line, expanded.error));
  }
  if (problems.length > 0) return fail(cut(problems, name));
  if (hosts.size === 0) return fail([`${name} names no host`]);
  return succeed([...hosts.values()].map(formatHost).join(","));
}

function problemAt(
  file: string,
  line: number,
  text: string,
  { message, column, hint }: { readonly message: string; readonly column: number; readonly hint?: string },
): string {
  const shown = text.length > MAX_SHOWN ? {} : { sourceLine: safeLine(text), caret: column };
  return formatFlowProblem({
    ...{ file, path: "", line, column, message, ...shown },
    ...(hint === undefined ? {} : { hint }),
  });
}

const MAX_TOLD = 20;

function cut(problems: readonly string[], name: string): readonly string[] {
  const more = problems.length - MAX_TOLD;
  return more > 0 ? [...problems.slice(0, MAX_TOLD), `${name}: and ${more} more lines are wrong`] : problems;
}
