import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expandHosts, foldHosts, formatHost } from "../../src/index.ts";

// The expected sets were produced by ClusterShell's nodeset 1.9.1; those with a `why` are our own choices.
interface ExpandCase {
  readonly expression: string;
  /** null: an error; empty: a set that came out empty, which is an error unless allowed. */
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

const GROUPS = new Map([
  ["db", "db[1-4]"],
  ["fe", "fe[1-6]"],
  ["odd", "db[1,3],fe[1,3,5]"],
  ["nested", "@db,fe1"],
  ["rack1", "db1,fe[1-2]"],
  ["rack2", "db2,fe[3-4]"],
]);

function expectCase({ expression, hosts }: ExpandCase): void {
  const expanded = expandHosts(expression, { groups: GROUPS });
  if (hosts === null || hosts.length === 0) {
    expect(expanded).toMatchObject({ ok: false });
  } else {
    expect(expanded).toMatchObject({ ok: true });
    const texts = expanded.ok ? expanded.value.map(formatHost) : [];
    expect(texts.toSorted()).toEqual(hosts.toSorted());
  }
  if (hosts?.length === 0) {
    expect(expandHosts(expression, { groups: GROUPS, allowEmpty: true })).toEqual({ ok: true, value: [] });
  }
}

describe("conformance with ClusterShell's NodeSet", () => {
  it.each(curated.expand)("expands $expression", expectCase);
  it.each(curated.groups.cases)("expands $expression with groups", expectCase);
  it.each(random)("expands the random $expression", expectCase);
  it.each(curated.fold)("folds to $folded", ({ hosts, folded }) => {
    expect(foldHosts(hosts)).toBe(folded);
  });
});
