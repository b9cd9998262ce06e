import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OUTCOMES } from "@roadrunner/core";
import { EXIT } from "../../packages/flow-client/src/usage/exit-codes.ts";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/messages.md", root), "utf8");

/** All sources in one text, as it runs: string pieces that stand on several lines joined. */
function sources(): string {
  const text = ["core", "engine", "worker", "flow-client"]
    .map((name) => new URL(`packages/${name}/src/`, root))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => readFileSync(new URL(file, folder), "utf8")),
    )
    .join("\n");
  return text.replaceAll(/["`] \+\s*["`]/g, "").replaceAll(/\\(["`])/g, "$1");
}

/** The first cells of the tables under a heading. */
function firstCells(heading: string): string[] {
  const [, section = ""] = page.split(`## ${heading}`);
  const [rows = ""] = section.split("\n## ");
  return rows
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (-|message|outcome|code)/.test(line))
    .map((line) => (line.split("|")[1] ?? "").trim());
}

describe("docs/messages.md", () => {
  it("has every exit code and every outcome", () => {
    const codes = firstCells("Exit codes of rr-submit").map(Number);
    expect(codes).toEqual(Object.values(EXIT).toSorted((a, b) => a - b));
    expect(firstCells("Outcomes")).toEqual(OUTCOMES.map((outcome) => `\`${outcome}\``));
  });

  const headings = [...page.matchAll(/^## (.*)$/gm)].map((match) => match[1] ?? "").slice(2);
  it.each(headings)("quotes only what the programs say: %s", (heading) => {
    const code = sources();
    const quoted = firstCells(heading).map((cell) => cell.replaceAll("`", ""));
    expect(quoted.length).toBeGreaterThan(3);
    expect(quoted.filter((message) => !code.includes(message))).toEqual([]);
  });
});
