import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readParts } from "../../../src/program/shell/parts.ts";
import { MADE } from "../../../src/program/shell/short-names.ts";

const HOST_PROGRAM = new URL("../../../host-program/", import.meta.url);
const SOURCES = new URL("../../../src/program/", import.meta.url);

const parts = readParts();
const functions = new Set(parts.map(({ name }) => name));

/** Who writes and who reads each variable, by the text. */
function usesOf(column: "written" | "read"): Map<string, Set<string>> {
  const uses = new Map<string, Set<string>>();
  const use = (name: string, by: string): void => {
    if (functions.has(name) || MADE.includes(name)) return;
    uses.set(name, (uses.get(name) ?? new Set()).add(by));
  };
  for (const { file, text } of parts) {
    const found =
      column === "written"
        ? [
            ...text.matchAll(/\b(rr_[a-z_]*[a-z])(?:=|\$rr_process=)/g),
            ...[...text.matchAll(/\b(?:read -r|for)((?: rr_[a-z_]+)+)/g)].flatMap(([, names = ""]) => [
              ...names.matchAll(/(rr_[a-z_]+)/g),
            ]),
          ]
        : [
            ...text.matchAll(/\$\{?#?(rr_[a-z_]*[a-z])/g),
            ...[...text.matchAll(/\$\(\(([^()]*)\)\)/g)].flatMap(([, sum = ""]) => [
              ...sum.matchAll(/(rr_[a-z_]*[a-z])/g),
            ]),
          ];
    for (const [, name = ""] of found) use(name, file.replace(/\.sh$/, ""));
  }
  const sources = readdirSync(SOURCES)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(new URL(file, SOURCES), "utf8"))
    .join("\n");
  const workers = column === "written" ? /\b(rr_[a-z_]+):/g : /(?:read: |shortName\()"(rr_[a-z_]+)"/g;
  for (const [, name = ""] of sources.matchAll(workers)) use(name, "worker");
  return uses;
}

const table = readFileSync(new URL("VARIABLES.md", HOST_PROGRAM), "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, name]) => name?.startsWith("`rr_"))
  .map(([, name = "", meaning = "", written = "", read = ""]) => ({
    name: name.replaceAll("`", ""),
    meaning,
    written,
    read,
  }));

test.each(["written", "read"] as const)("the table of variables says by whom each is %s", (column) => {
  const told = table.map((row) => `${row.name}: ${row[column]}`);
  const uses = usesOf(column);
  const seen = table.map(({ name }) => `${name}: ${[...(uses.get(name) ?? [])].sort().join(", ")}`);
  expect(told).toEqual(seen);
  expect(table.map(({ name }) => name)).toEqual(expect.arrayContaining([...uses.keys()]));
});

test("the table says what each variable is, in order", () => {
  expect(table.filter(({ meaning }) => meaning.length < 5)).toEqual([]);
  expect(table.map(({ name }) => name)).toEqual(table.map(({ name }) => name).sort());
});
