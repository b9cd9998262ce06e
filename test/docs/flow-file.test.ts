import { readFileSync } from "node:fs";
import {
  flowJsonSchema,
  formatFlowProblem,
  inventoryJsonSchema,
  jobNumbers,
  loadFlow,
  loadInventory,
  resolvePlan,
} from "@roadrunner/core";
import { describe, expect, test } from "vitest";

const text = readFileSync(new URL("../../docs/flow-file.md", import.meta.url), "utf8");

/** Text under a heading, up to the next of the same or a higher level. */
function section(heading: string): string {
  const start = text.indexOf(`\n${heading}\n`);
  expect(start, `the heading "${heading}"`).toBeGreaterThan(-1);
  const level = heading.split(" ", 1)[0]?.length ?? 0;
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, "m"));
  return end === -1 ? rest : rest.slice(0, end);
}

/** Rows of all tables of a section, not of those within it, whose first cell is one name in backticks, by that name. */
function rows(heading: string): ReadonlyMap<string, readonly string[]> {
  const [own = ""] = section(heading).split(/^##/m);
  const lines = own.split("\n");
  return new Map(
    lines.flatMap((line): readonly (readonly [string, readonly string[]])[] => {
      const cells = line.startsWith("|")
        ? line
            .slice(1, -1)
            .split(" | ")
            .map((cell) => cell.trim())
        : [];
      const name = /^`(\S+)`$/.exec(cells[0] ?? "")?.[1];
      return name === undefined ? [] : [[name, cells.slice(1)]];
    }),
  );
}

interface Schema {
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly default?: unknown;
}

const flow = flowJsonSchema() as Schema;
const slot = flow.properties?.slots?.items ?? {};
const job = slot.properties?.jobs?.items ?? {};
const stage = job.properties?.["stages"]?.items ?? {};
const inventory = inventoryJsonSchema() as Schema;
const hostEntry = inventory.properties?.hosts?.additionalProperties ?? {};

describe("the tables", () => {
  test.each([
    ["## The flow", flow],
    ["## A slot", slot],
    ["## A job", job],
  ])("%s has every field with its default", (heading, schema) => {
    const table = rows(heading);
    const fields = Object.entries(schema.properties ?? {});
    expect([...table.keys()].toSorted()).toEqual(fields.map(([name]) => name).toSorted());
    for (const [name, field] of fields) {
      const [written = "", meaning = ""] = table.get(name) ?? [];
      expect(meaning.length, `what ${name} means`).toBeGreaterThan(5);
      if (field.default !== undefined) {
        expect(JSON.parse(/^`(.*)`$/.exec(written)?.[1] ?? "null"), `the default of ${name}`).toEqual(
          field.default,
        );
      } else {
        expect(written === "required", `${name} is required`).toBe(schema.required?.includes(name) ?? false);
        expect(written, `the default of ${name}`).not.toBe("");
      }
    }
  });

  test("a stage's fields are all told, in its table or below it", () => {
    const told = [
      ...rows("## Stages").keys(),
      ...[...section("## Stages").matchAll(/`(\w+)`/g)].map(([, name]) => name),
    ];
    for (const name of Object.keys(stage.properties ?? {})) expect(told).toContain(name);
  });

  test("the inventory's has every field", () => {
    const fields = [...Object.keys(inventory.properties ?? {}), ...Object.keys(hostEntry.properties ?? {})];
    expect([...rows("## Inventory").keys()].toSorted()).toEqual(fields.toSorted());
  });
});

/** A fenced block, and the comment before it that says what it is a part of. */
interface Block {
  readonly kind: string;
  readonly language: string;
  readonly body: string;
  readonly line: number;
}

const blocks: readonly Block[] = [
  ...text.matchAll(/(?:<!-- (.+?) -->\n\n)?^```(\w*)\n([\s\S]*?)^```$/gm),
].map(({ 1: kind = "", 2: language = "", 3: body = "", index }) => ({
  kind,
  language,
  body,
  line: text.slice(0, index).split("\n").length,
}));

const titled = (which: readonly Block[]): readonly (readonly [string, Block])[] =>
  which.map((block) => [`line ${block.line}, ${block.kind === "" ? "a flow" : block.kind}`, block]);

/** The flow around a fragment. */
function wholeFlow({ kind, language, body }: Block): string {
  if (kind !== "in a job") return body;
  return language === "yaml"
    ? `slots:\n  - jobs:\n      -\n${body.replaceAll(/^/gm, "        ")}`
    : `{ "slots": [{ "jobs": [${body}] }] }`;
}

/** Loads and resolves, and gives the problems as they would be shown. */
function problemsOf(body: string): string {
  const loaded = loadFlow(body, { file: "flow.yaml" });
  if (!loaded.ok) return loaded.error.map(formatFlowProblem).join("\n");
  const groups = JSON.stringify({
    groups: loaded.value.flow.groups === undefined ? { web: "web[1-3]" } : {},
    hosts: { "web[1-20]": { labels: { rack: "r1", zone: "eu" } } },
  });
  const around = loadInventory(groups, { file: "inventory.yaml" });
  if (!around.ok) return around.error.map(formatFlowProblem).join("\n");
  const resolved = resolvePlan({ flow: loaded.value, inventory: around.value, random: () => 0 });
  return resolved.ok ? "" : resolved.error.map(formatFlowProblem).join("\n");
}

describe("every example", () => {
  const examples = blocks.filter(({ language }) => ["json", "jsonc", "yaml"].includes(language));

  test("is of a kind that is checked here", () => {
    expect(
      blocks
        .map(({ language }) => language)
        .filter((language) => !["json", "jsonc", "yaml", "text"].includes(language)),
    ).toEqual([]);
    expect(
      examples
        .map(({ kind }) => kind)
        .filter((kind) => !["", "in a flow", "in a job", "inventory", "refused"].includes(kind)),
    ).toEqual([]);
    expect(examples.length).toBeGreaterThan(5);
  });

  test.each(titled(examples.filter(({ kind }) => ["", "in a flow", "in a job"].includes(kind))))(
    "%s",
    (_, block) => {
      expect(problemsOf(wholeFlow(block))).toBe("");
    },
  );

  test.each(titled(examples.filter(({ kind }) => kind === "inventory")))("%s", (_, { body }) => {
    expect(loadInventory(body, { file: "inventory.yaml" })).toMatchObject({ ok: true });
  });

  test.each(titled(examples.filter(({ kind }) => kind === "refused")))(
    "%s, with the problems that follow",
    (_, block) => {
      const next = blocks[blocks.indexOf(block) + 1];
      expect(next?.language).toBe("text");
      expect(`${problemsOf(block.body)}\n`).toBe(next?.body);
    },
  );
});

test("what is said of steps is so", () => {
  const steps = blocks.find(({ body }) => body.includes("[1, 10%, 50%]"));
  const loaded = loadFlow(steps === undefined ? "" : wholeFlow(steps), { file: "f" });
  if (!loaded.ok) throw new Error("the example of steps does not load");
  const resolved = resolvePlan({ flow: loaded.value, random: () => 0 });
  const job = resolved.ok ? resolved.value.plan.slots[0]?.jobs[0] : undefined;
  if (job === undefined) throw new Error("the example of steps does not resolve");
  const sizes = jobNumbers(job, job.hosts.length).steps.map(({ size }) => size);
  expect(section("### Steps")).toContain(
    `steps of ${sizes.slice(0, -1).join(", ")} and ${sizes.at(-1)} hosts`,
  );
});
