import { foldHosts } from "@roadrunner/core";
import { byName } from "@roadrunner/engine/story";
import type { OutputLine } from "../text/output-lines.ts";

/** What hosts of a kind wrote. */
export interface Written {
  readonly hosts: ReadonlySet<string>;
  readonly body: readonly OutputLine[];
}

/** From so many outputs on a table is shorter than the first of them and a diff for each other one. */
const FEWEST = 3;
/** A longer list of hosts is not waited for by the others' columns. */
const MOST_COLUMNS = 32;

/**
 * Of outputs that differ in one and the same line, each with a line of its own there: the lines of one table, and whose
 * outputs stand in it. The most outputs that make one, at least three; undefined: there are none.
 */
export function lineTable<One extends Written>(
  all: readonly One[],
): { readonly of: readonly One[]; readonly lines: readonly OutputLine[] } | undefined {
  const byLength = new Map<number, One[]>();
  for (const one of all) {
    const alike = byLength.get(one.body.length);
    if (alike === undefined) byLength.set(one.body.length, [one]);
    else alike.push(one);
  }
  const [of = []] = [...byLength.values()].sort((a, b) => b.length - a.length);
  const [first] = of;
  if (first === undefined || of.length < FEWEST) return undefined;
  const differing = first.body.flatMap(({ text }, line) =>
    of.every(({ body }) => body[line]?.text === text) ? [] : [line],
  );
  const [at, second] = differing;
  if (at === undefined || second !== undefined) return undefined;
  return { of, lines: tableLines(of, first.body, at) };
}

function tableLines(
  of: readonly Written[],
  common: readonly OutputLine[],
  at: number,
): readonly OutputLine[] {
  const cells = new Map(of.map(({ hosts, body }) => [foldHosts([...hosts]), body[at]?.text ?? ""]));
  const names = [...cells.keys()].sort(byName);
  const width = Math.max(...names.map(({ length }) => length).filter((length) => length <= MOST_COLUMNS), 0);
  const row = (hosts: string, text = ""): OutputLine => ({ text: `  ${hosts.padEnd(width)} | ${text}` });
  return common.flatMap(({ text }, line) =>
    line === at ? names.map((hosts) => row(hosts, cells.get(hosts))) : [row("", text)],
  );
}
