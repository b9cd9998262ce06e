import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/security.md"), "utf8");

/** The rows of the table under this heading, by their first column. */
function rows(heading: string): readonly (readonly [what: string, ...cells: string[]])[] {
  const [, section = ""] = page.split(`## ${heading}\n`);
  const [, , ...lines] = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) => {
    const [what = "", ...cells] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    return [what, ...cells];
  });
}

const parts = rows("What each stolen part can do");

it("the table of stolen parts has all of them", () => {
  for (const part of ["laptop", "worker", "gearmand", "coordinator", "store", "target host", "network"])
    expect(parts.map(([what]) => what).join()).toContain(part);
});

it.each(parts)("%s: what is said of it is held by tests that there are", (_what, ...cells) => {
  expect(cells.filter((cell) => cell !== "")).toHaveLength(4);
  const held = [...(cells.at(-1) ?? "").matchAll(/`([^`]+\.test\.ts)`(?: "([^"]+)")?/g)];
  expect(held.length).toBeGreaterThan(0);
  for (const [, file = "", name = ""] of held) {
    expect(existsSync(join(root, file)), file).toBe(true);
    expect(readFileSync(join(root, file), "utf8")).toContain(name);
  }
});
