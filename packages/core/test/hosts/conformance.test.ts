import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expandHosts, foldHosts, formatHost } from "../../src/index.ts";

// The expected sets were produced by ClusterShell's nodeset 1.9.1; those with a `why` are our own choices.
interface ExpandCase {
  readonly expression: string;
  /** null: an error; empty: a set that comes out empty, which is an error unless allowed. */
  readonly hosts: readonly string[] | null;
}
interface Curated {
  readonly expand: readonly ExpandCase[];
  readonly fold: readonly { readonly hosts: readonly string[]; readonly folded: string }[];
  readonly groups: { readonly cases: readonly ExpandCase[] };
}
const curated = read("hosts-curated.json") as Curated;
const random = read("hosts-random.json") as readonly ExpandCase[];

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`data/${file}`, import.meta.url), "utf8"));
}

const groups = new Map([
  ["db", "db[1-4]"],
  ["fe", "fe[1-6]"],
  ["odd", "db[1,3],fe[1,3,5]"],
  ["nested", "@db,fe1"],
  ["rack1", "db1,fe[1-2]"],
  ["rack2", "db2,fe[3-4]"],
]);

/** The set as the cases write it: sorted, null for an error. */
function expandedSet(expression: string, allowEmpty: boolean): readonly string[] | null {
  const expanded = expandHosts(expression, { groups, allowEmpty });
  return expanded.ok ? expanded.value.map(formatHost).toSorted() : null;
}

describe("conformance with ClusterShell's NodeSet", () => {
  // Errors only because they come out empty.
  const mayBeEmpty = new Set(["db[1-3]!db[1-3]", "db[1-3]&db[01-03]"]);
  const cases = [...curated.expand, ...curated.groups.cases, ...random];

  it.each(cases)("expands $expression", ({ expression, hosts }) => {
    const isEmpty = hosts?.length === 0;
    expect(expandedSet(expression, false)).toEqual(isEmpty ? null : (hosts?.toSorted() ?? null));

    expect(expandedSet(expression, true)).toEqual(
      mayBeEmpty.has(expression) ? [] : (hosts?.toSorted() ?? null),
    );
  });

  it.each(curated.fold)("folds to $folded", ({ hosts, folded }) => {
    expect(foldHosts(hosts)).toBe(folded);
    expect(foldHosts(hosts.toReversed())).toBe(folded);
  });
});
