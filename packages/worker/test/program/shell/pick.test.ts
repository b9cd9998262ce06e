import { expect, test } from "vitest";
import { partsOf } from "../../../src/program/shell/parts.ts";
import { pick } from "../../../src/program/shell/pick.ts";
import { MADE, shortNames } from "../../../src/program/shell/short-names.ts";

const parts = [
  ...partsOf("one.early.sh", "rr_c() { rr_value=0; }\n"),
  ...partsOf(
    "one.sh",
    `# What it is.
rr_a() {
  rr_b x
  rr_c
}
rr_b() { echo "$1"; }
rr_c() { rr_value=1; }
rr_unused() { rr_a; }
rr_loud() {
  rr_b y
} 2>/dev/null
`,
  ),
  ...partsOf("one.other.sh", "rr_c() { rr_value=2; }\n"),
];

function picked(
  steps: readonly string[],
  more: { versions?: string[]; own?: string[]; others?: string[] } = {},
) {
  const { parts: needed, steps: text } = pick(parts, {
    first: [],
    steps,
    others: more.others ?? [],
    own: more.own ?? [],
    versions: more.versions ?? [],
  });
  return [...needed.map((part) => part.text), text];
}

test("what a step calls comes with it, and what is called once stands in place", () => {
  expect(picked(["rr_a"])).toEqual(['rr_b(){ echo "$1";}', "rr_b x\nrr_value=1"]);
  expect(picked(["rr_loud"])).toEqual(['rr_b(){ echo "$1";}', "{\nrr_b y\n} 2>/dev/null"]);
});

test("what is called twice, or from elsewhere, stays a function", () => {
  expect(picked(["rr_c", "rr_c"])).toEqual(["rr_c(){ rr_value=1;}", "rr_c\nrr_c"]);
  expect(picked(["exit 0"], { others: ["rr_c"] })).toEqual(["rr_c(){ rr_value=1;}", "exit 0"]);
});

test("a version stands in for what it is a version of", () => {
  expect(picked(["rr_c"], { versions: ["other"] })).toEqual(["rr_value=2"]);
  expect(picked(["rr_c"], { versions: ["early"] })).toEqual(["rr_value=0"]);
  expect(picked(["rr_b y"], { own: ["rr_b"] })).toEqual(["rr_b y"]);
});

test("a step that no part is called by is a bug", () => {
  expect(() => picked(["rr_none"])).toThrow("no part is called rr_none");
});

test("a file may hold functions and nothing else", () => {
  expect(() => partsOf("bad.sh", "rr_a() { :; }\necho now\n")).toThrow(/bad\.sh: only functions/);
});

test("names are shortened alike each time, all with our prefix, none twice", () => {
  const names = shortNames(parts);
  expect([...names]).toEqual([...shortNames(parts)]);
  expect([...names.values()].every((name) => /^rr[a-zA-Z]+$/.test(name))).toBe(true);
  const functions = new Set([...MADE, ...parts.map(({ name }) => name)]);
  const shortFunctions = [...names].filter(([name]) => functions.has(name)).map(([, short]) => short);
  expect(new Set(shortFunctions).size).toBe(shortFunctions.length);
});
