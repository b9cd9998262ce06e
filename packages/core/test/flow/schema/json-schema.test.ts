import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse as parseJsonc } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { loadFlow } from "../../../src/flow/load-flow.ts";
import { flowJsonSchema, inventoryJsonSchema } from "../../../src/flow/schema/json-schema.ts";

const examples = new URL("../../../../../examples/", import.meta.url);
const flow = new Ajv2020({ allowUnionTypes: true }).compile(flowJsonSchema());
const inventory = new Ajv2020().compile(inventoryJsonSchema());

const files = readdirSync(examples).filter(
  (name) => /\.(json|jsonc|yaml)$/.test(name) && !name.endsWith(".schema.json"),
);

function read(name: string): unknown {
  const text = readFileSync(new URL(name, examples), "utf8");
  return name.endsWith(".yaml") ? parseYaml(text) : parseJsonc(text);
}

describe("the committed schemas", () => {
  // When this fails after a change of the schema: npx vitest run --project unit -u packages/core/test/flow/schema
  test.each([
    ["flow.schema.json", flowJsonSchema],
    ["inventory.schema.json", inventoryJsonSchema],
  ])("%s is current", async (name, schema) => {
    const text = `${JSON.stringify(schema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(fileURLToPath(new URL(name, examples)));
  });

  test.each(files)("%s names its schema and is accepted by it", (name) => {
    const value = read(name) as { $schema?: unknown };
    const isInventory = "hosts" in value;
    expect(value.$schema).toBe(isInventory ? "./inventory.schema.json" : "./flow.schema.json");
    const accepts = isInventory ? inventory : flow;
    expect(accepts(value), JSON.stringify(accepts.errors)).toBe(true);
  });
});

interface Part {
  readonly properties?: Readonly<Record<string, Part>>;
  readonly items?: Part;
  readonly default?: unknown;
}

function jobSchema(): Readonly<Record<string, Part>> {
  const flowSchema: Part = flowJsonSchema();
  return flowSchema.properties?.["slots"]?.items?.properties?.["jobs"]?.items?.properties ?? {};
}

function defaultsOf(part: Part | undefined): object {
  const fields = Object.entries(part?.properties ?? {});
  return Object.fromEntries(
    fields.flatMap(([name, field]) => ("default" in field ? [[name, field.default]] : [])),
  );
}

describe("the schema of a flow", () => {
  const job = { hosts: "db1", command: "true" };
  const withJob = (fields: object): object => ({ slots: [{ jobs: [{ ...job, ...fields }] }] });

  test.each<object>([
    {},
    { slots: [] },
    withJob({ paralellism: 1 }),
    withJob({ success: "120%" }),
    withJob({ success: 0 }),
    withJob({ success: "33.333%" }),
    withJob({ parallelism: [] }),
    withJob({ parallelism: 0 }),
    withJob({ tolerate: { ok: 1 } }),
    withJob({ retries: -1 }),
    withJob({ timeout: 90 }),
    withJob({ timeout: "soon" }),
    withJob({ order: "x" }),
    withJob({ timeout: { param: 1 } }),
    withJob({ retries: { param: "n" } }),
    { params: { n: {} }, ...withJob({}) },
    { params: { N: { type: "string" } }, ...withJob({}) },
    withJob({ name: "a b" }),
    withJob({ env: { "1": "x" } }),
    withJob({ script: "x" }),
    { slots: [{ jobs: [{ hosts: "db1" }] }] },
    { slots: [{ jobs: [{ command: "true" }] }] },
    { defaults: { command: "true" }, ...withJob({}) },
    withJob({ gates: [] }),
    withJob({ gates: [{ name: "a" }] }),
    withJob({ gates: [{ http: "http://a", check: "x", at: "b" }] }),
    withJob({ gates: [{ check: "x" }] }),
    withJob({ gates: [{ prometheus: { url: "http://a" }, max: 1 }] }),
    withJob({ gates: [{ http: "http://a" }], onGateFail: "pause" }),
    withJob({ undo: {} }),
    withJob({ undo: { command: "a", script: "b" } }),
    { defaults: { gates: [{ http: "http://a" }] }, ...withJob({}) },
  ])("and the loader both refuse %j", (value) => {
    expect(flow(value)).toBe(false);
    expect(loadFlow(JSON.stringify(value), { file: "f" }).ok).toBe(false);
  });

  test.each<object>([
    withJob({ success: "0%", parallelism: [1, "10%", "33.33%"], stepSuccess: "100.00%", wait: 0 }),
    {
      params: { n: { type: "integer", default: 1 }, t: { type: "hosts", default: "db1" } },
      ...withJob({ hosts: [{ param: "t" }], parallelism: [{ param: "n" }], success: { param: "n" } }),
    },
    {
      params: { u: { type: "string", default: "http://a" }, n: { type: "integer", default: 1 } },
      ...withJob({
        gates: [
          { prometheus: { url: { param: "u" }, query: { param: "u" } }, max: { param: "n" }, min: -0.5 },
          { http: { param: "u" }, status: 204, token: "t" },
          { check: "x", at: "mon1", every: "1m" },
        ],
        ...{ bake: "5m", onGateFail: "hold", undo: { stages: [{ check: "x" }], undoUnknown: true } },
      }),
    },
    withJob({ hosts: ["db1", "db2"], tolerate: { unreachable: 0 }, timeout: "1h30m", env: { A: "" } }),
    {
      $schema: "x",
      name: "Deploy web tier",
      description: "",
      finally: [],
      groups: { a: "b" },
      ...withJob({}),
    },
  ])("and the loader both accept %j", (value) => {
    expect(flow(value), JSON.stringify(flow.errors)).toBe(true);
    expect(loadFlow(JSON.stringify(value), { file: "f" })).toMatchObject({ ok: true });
  });

  test("gives a part of a job no default where it has the job's value", () => {
    const { stages, gates, undo } = jobSchema();
    for (const part of [stages?.items, gates?.items, undo])
      expect(defaultsOf(part)).toEqual(expect.not.objectContaining({ shell: expect.anything() as unknown }));
    expect(defaultsOf(stages?.items)).toMatchObject({ okCodes: [0], reboot: false, every: "5s" });
    expect(defaultsOf(undo)).toEqual({
      okCodes: [0],
      reboot: false,
      rebootTimeout: "10m",
      undoUnknown: false,
    });
  });

  test("describes every field", () => {
    const undescribed: string[] = [];
    const visit = (schema: Record<string, unknown>, path: string): void => {
      for (const [name, field] of Object.entries(
        (schema.properties ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        if (typeof field.description !== "string" && !path.endsWith("tolerate"))
          undescribed.push(`${path}.${name}`);
        visit(field, `${path}.${name}`);
        if (typeof field.items === "object" && field.items !== null)
          visit(field.items as Record<string, unknown>, `${path}.${name}[]`);
      }
    };
    visit(flowJsonSchema(), "");
    visit(inventoryJsonSchema(), "inventory");
    expect(undescribed).toEqual([]);
  });
});
