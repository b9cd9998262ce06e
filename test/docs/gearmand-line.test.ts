import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Each line of a page's shell that starts a gearmand. */
function startLines(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const blocks = [...text.matchAll(/```(?:sh|console)\n([^]*?)```/g)].map(([, block = ""]) => block);
  return blocks.flatMap((block) => block.split("\n").filter((line) => /^gearmand( |$)/.test(line)));
}

it.each(["README.md", "docs/operations.md"])("%s starts gearmand on loopback only", (page) => {
  const lines = startLines(page);
  expect(lines).not.toEqual([]);
  for (const line of lines) expect(line).toMatch(/ --listen=127\.0\.0\.1 /);
});

it("no other page starts one that listens on every address", () => {
  const pages = ["ARCHITECTURE.md", "CONTRIBUTING.md", "docker/README.md"];
  const others = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  const lines = [...pages, ...others.map((name) => `docs/${name}`)].flatMap(startLines);
  expect(lines.filter((line) => !line.includes(" --listen="))).toEqual([]);
});
