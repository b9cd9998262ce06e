import { LONG_NAME, type Part } from "./parts.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");

/** What follows `rr`: letters only, since a number may follow them (`rr_parent_of` and a process id). */
const SUFFIXES = [...LETTERS, ...LETTERS.flatMap((first) => LETTERS.map((second) => first + second))];

/** The function that the last line of every program calls. */
export const MAIN = "rr_main";

/** Functions whose text the worker makes. */
export const MADE: readonly string[] = [
  MAIN,
  "rr_command",
  "rr_prepare",
  "rr_program",
  "rr_script_text",
  "rr_unless",
];

/**
 * A short name for each long one: the most frequent get the shortest. All begin with `rr`: a variable that the login
 * exported would keep its place in the command's environment and take our value with it.
 */
export function shortNames(parts: readonly Part[]): ReadonlyMap<string, string> {
  const functions = new Set([...MADE, ...parts.map(({ name }) => name)]);
  const counts = new Map([MAIN, "rr_prepare"].map((name) => [name, 0]));
  for (const name of parts.flatMap(({ text }) => text.match(LONG_NAME) ?? []))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  const byCount = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  // A shell keeps the names of functions and of variables apart.
  const kinds = [true, false].map((isFunction) =>
    byCount.filter(([name]) => functions.has(name) === isFunction),
  );
  return new Map(kinds.flatMap((kind) => kind.map(([name], index) => [name, `rr${SUFFIXES[index] ?? ""}`])));
}
