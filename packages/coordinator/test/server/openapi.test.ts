import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { validate } from "@apidevtools/swagger-parser";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { PROBLEM_CODES, RUN_STATES } from "@roadrunner/engine/api";
import { openApi } from "../../src/server/openapi.ts";
import { PROBLEM_TYPE, problemOf } from "../../src/server/problems.ts";
import { listQuery, ROUTES } from "../../src/server/routes.ts";

const file = fileURLToPath(new URL("../../../../docs/openapi.json", import.meta.url));
const written = JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof openApi>;

it("docs/openapi.json is what the coordinator reads and answers (else: npm run build, node scripts/openapi.js)", () => {
  expect(written).toEqual(JSON.parse(JSON.stringify(openApi())));
});

it("is an OpenAPI 3.1 file, as the schemas of that have it", async () => {
  await expect(validate(file)).resolves.toMatchObject({ openapi: "3.1.0" });
  await expect(validate({ ...structuredClone(written), info: {} } as never)).rejects.toThrow("title");
});

/** What it says of an answer. */
function schemaOf(path: string, method: "get" | "post", status: "200" | "201" | "default") {
  const { responses } = written.paths?.[path]?.[method] ?? {};
  const response = responses?.[status] as { content: Record<string, { schema: object }> };
  // Its schemas name each other.
  return { ...Object.values(response.content)[0]?.schema, components: written.components };
}

it("describes answers as they are", () => {
  const ajv = new Ajv({ strict: false, formats: { "date-time": true } });
  const problem = ajv.compile(schemaOf("/api/v1/runs/{run}", "get", "default"));
  for (const code of PROBLEM_CODES) expect(problem(problemOf({ code, detail: "why" })), code).toBe(true);
  const row = ajv.compile(schemaOf("/api/v1/runs/{run}", "get", "200"));
  for (const state of RUN_STATES)
    expect(row({ run: "r", name: "f", state, started: "", counts: { ok: 2 } }), state).toBe(true);
  expect(row({ run: "r", name: "f", state: "odd", started: "", counts: {} })).toBe(false);
  // No event has taken its name.
  expect(schemaOf("/api/v1/runs/{run}/output", "get", "200")).toMatchObject({
    $ref: "#/components/schemas/KeptOutput",
    components: { schemas: { KeptOutput: { required: expect.arrayContaining(["tried"]) as string[] } } },
  });
});

const operations = Object.entries(written.paths ?? {}).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as Operation })),
);
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Record<string, { readonly schema: object }> }>
  >;
}

it("has for every operation its own name, words for people, and its problems", () => {
  expect(operations.length).toBe(Object.keys(ROUTES).length);
  const names = operations.map(({ operation }) => operation.operationId);
  expect(new Set(names).size).toBe(names.length);
  const tags = written.tags?.map(({ name }) => name) ?? [];
  for (const { operation } of operations) {
    expect(operation.operationId).toMatch(/^[a-z]+([A-Z][a-z]+)+$/);
    expect(operation.summary).toMatch(/^[A-Z]/);
    expect(tags).toEqual(expect.arrayContaining([...operation.tags]));
    expect(operation.responses["default"]?.content?.[PROBLEM_TYPE]?.schema).toEqual({
      $ref: "#/components/schemas/Problem",
    });
  }
});

it("has a name for every schema that is answered, so that a client has one", () => {
  const answered = operations.flatMap(({ operation }) =>
    Object.values(operation.responses).flatMap(
      ({ content = {} }) => content["application/json"]?.schema ?? [],
    ),
  );
  const unnamed = answered.filter((schema) => !("$ref" in schema) && Object.keys(schema).length > 1);
  expect(unnamed).toEqual([]);
  expect(answered.length).toBeGreaterThan(8);
});

describe("docs/coordinator.md", () => {
  const page = readFileSync(new URL("../../../../docs/coordinator.md", import.meta.url), "utf8");
  const [, api = ""] = /\n## The API\n([^]*?)\n## /.exec(page) ?? [];

  it("names all that can be asked", () => {
    const named = [...api.matchAll(/^\| `([A-Z]+ \/\S+)` /gm)].map(([, what]) => what);
    const all = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(named.toSorted()).toEqual(all.toSorted());
  });

  it("tells every problem with its status", () => {
    const rows = [...api.matchAll(/^\| `(\w+)` +\| (\d{3}) +\|/gm)].map(
      ([, code, status]) => `${code} ${status}`,
    );
    const all = PROBLEM_CODES.map((code) => `${code} ${problemOf({ code, detail: "" }).status}`);
    expect(rows.toSorted()).toEqual(all.toSorted());
  });

  it("names every filter of the list", () => {
    const names = Object.keys(listQuery.shape);
    expect(names.filter((name) => !api.includes(`\`${name}\``))).toEqual([]);
  });
});
