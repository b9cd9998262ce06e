import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { outcomeSchema, progressSchema } from "../../src/contract/answers.ts";
import { controlAnswerSchema, controlSchema } from "../../src/contract/control.ts";
import { gateFindingSchema, gateQuestionSchema } from "../../src/contract/gate-messages.ts";
import { controlFunction, gateFunction, runFunction } from "../../src/contract/names.ts";
import { workloadSchema } from "../../src/contract/workload.ts";

const page = readFileSync(new URL("../../../../docs/wire.md", import.meta.url), "utf8");

function section(heading: string): string {
  const [, rest = ""] = page.split(`\n## ${heading}\n`);
  return rest.split("\n## ")[0] ?? "";
}

/** The names of all fields, also those of fields. */
function fieldsIn(schema: z.ZodType): readonly string[] {
  const names = new Set<string>();
  const look = (json: unknown): void => {
    if (typeof json !== "object" || json === null) return;
    for (const [key, value] of Object.entries(json)) {
      if (key === "properties") for (const name of Object.keys(value as object)) names.add(name);
      look(value);
    }
  };
  look(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  return [...names];
}

/** Words of the page that stand as code: between backticks, or in a block of JSON. */
function codeIn(text: string): ReadonlySet<string> {
  const blocks = [...text.matchAll(/```\w*\n([^`]*)```/g)].map((match) => match[1] ?? "");
  const inline = text.replaceAll(/```\w*\n[^`]*```/g, "").matchAll(/`([^`]+)`/g);
  const code = [...blocks, ...[...inline].map((match) => match[1] ?? "")].join("\n");
  return new Set(code.match(/[A-Za-z]+/g));
}

describe("docs/wire.md", () => {
  it.each<[string, string, z.ZodType]>([
    ["a workload", "Workload", workloadSchema],
    ["what a worker says before the end", "Answers", progressSchema],
    ["an outcome", "Answers", outcomeSchema],
    ["a control message", "Control", controlSchema],
    ["its answer", "Control", controlAnswerSchema],
    ["a gate's question", "Gates", gateQuestionSchema],
    ["a gate's finding", "Gates", gateFindingSchema],
  ])("names every field of %s", (_, heading, schema) => {
    const fields = fieldsIn(schema);
    expect(fields.length).toBeGreaterThan(4);
    const named = codeIn(section(heading));
    expect(fields.filter((field) => !named.has(field))).toEqual([]);
  });

  it("names the function of gates", () => {
    const named = section("Functions");
    for (const name of [gateFunction(), gateFunction("POOL"), runFunction(), controlFunction("ID")])
      expect(named).toContain(`\n| \`${name}\` `);
  });

  it.each<[string, z.ZodType]>([
    ["Workload", workloadSchema],
    ["Answers", outcomeSchema],
  ])("has no row for a field that there is not: %s", (heading, schema) => {
    const fields = new Set(fieldsIn(schema));
    const rows = [...section(heading).matchAll(/^\| (`[^|]*) \|/gm)].map((match) => match[1] ?? "");
    expect(rows.length).toBeGreaterThan(5);
    const names = rows.filter((row) => !row.includes("{")).flatMap((row) => row.match(/[A-Za-z]+/g) ?? []);
    expect(names.filter((name) => name !== "or" && !fields.has(name))).toEqual([]);
  });
});
