import { fail, succeed, type Outcome, type Result } from "@roadrunner/core/cli";
import { LIST_WORDS } from "../usage/list-words.ts";

/** Hosts that are named elsewhere: on standard input, in a file, or by how they ended in an earlier run. */
export type ListName =
  | { readonly kind: "stdin" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "run"; readonly outcome: Outcome; readonly run: string };

/** An expression whose lists have become groups: the list of each group, by name. */
export interface Masked {
  readonly expression: string;
  readonly lists: ReadonlyMap<string, { readonly written: string; readonly list: ListName }>;
}

/** From the beginning or an operator up to the next one, or to the labels behind it. */
const LIST = new RegExp(
  String.raw`(?<=^\s*|[,!&^])@(?:-|(${LIST_WORDS.join("|")}):([^,!&^{]*?))(?=\s*$|[,!&^{])`,
  "g",
);

/** Whether a host expression names hosts that are elsewhere, or tries to. */
export function hasLists(expression: string): boolean {
  return expression.search(LIST) !== -1;
}

/**
 * Finds `@-`, `@file:PATH` and `@OUTCOME:RUN` in a host expression. Each becomes a group's name of the same length, so
 * that what is told of the rest stands where it was written.
 */
export function maskLists(expression: string): Result<Masked, string> {
  const lists = new Map<string, { readonly written: string; readonly list: ListName }>();
  const problems: string[] = [];
  const masked = expression.replaceAll(LIST, (written: string, word: string | undefined, rest = "") => {
    const list = listOf(word, String(rest));
    if (!list.ok) {
      problems.push(`${written}: ${list.error}`);
      return written;
    }
    // No group of a file begins with a dash.
    const name = word === undefined ? "-" : `-${lists.size}`.padEnd(written.length - 1, "-");
    lists.set(name, { written, list: list.value });
    return `@${name}`;
  });
  const [problem] = problems;
  return problem === undefined ? succeed({ expression: masked, lists }) : fail(problem);
}

function listOf(word: string | undefined, rest: string): Result<ListName, string> {
  if (word === undefined) return succeed({ kind: "stdin" });
  if (word === "file") {
    return rest === "" ? fail("a file's path is missing") : succeed({ kind: "file", path: rest });
  }
  if (rest === "") return fail(`a run is missing, such as @${word}:last`);
  return succeed({ kind: "run", outcome: word as Outcome, run: rest });
}
