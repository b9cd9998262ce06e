import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { resultsDir } from "./bench-settings.ts";

export interface Table {
  readonly title: string;
  /** What was measured, with what, in a sentence or two. */
  readonly about: string;
  readonly columns: readonly string[];
  /** A row's first cell is its name. */
  readonly rows: readonly (readonly string[])[];
  /** What else is to be known. */
  readonly notes?: readonly string[];
}

/** Writes `NAME.md` and `NAME.json` into the results' folder, and the table to the screen. */
export function report(name: string, tables: readonly Table[], data: unknown): void {
  const machine = `${cpus().length} cores, Node ${process.version}`;
  const text = [
    `# ${name}`,
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${machine}.`,
    ...tables.flatMap(tableText),
  ].join("\n\n");
  mkdirSync(resultsDir, { recursive: true });
  writeFileSync(join(resultsDir, `${name}.md`), `${text}\n`);
  writeFileSync(join(resultsDir, `${name}.json`), `${JSON.stringify({ machine, data }, undefined, 2)}\n`);
  process.stdout.write(`\n${text}\n\n`);
}

function tableText({ title, about, columns, rows, notes }: Table): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = line(columns.map((_, index) => (index === 0 ? "---" : "---:")));
  const table = [line(columns), rule, ...rows.map(line)].join("\n");
  return [`## ${title}`, about, table, ...(notes ?? []).map((note) => `- ${note}`)];
}
