import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { validate } from "@apidevtools/swagger-parser";
import { Ajv } from "ajv";
import { expect, it } from "vitest";
import { PROBLEM_CODES, RUN_STATES } from "@roadrunner/engine/api";
import { openApi } from "../../src/server/openapi.ts";
import { problemOf } from "../../src/server/problems.ts";

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
  return Object.values(response.content)[0]?.schema ?? {};
}

it("describes answers as they are", () => {
  const ajv = new Ajv({ strict: false, formats: { "date-time": true } });
  const problem = ajv.compile(schemaOf("/api/v1/runs/{run}", "get", "default"));
  for (const code of PROBLEM_CODES) expect(problem(problemOf({ code, detail: "why" })), code).toBe(true);
  const row = ajv.compile(schemaOf("/api/v1/runs/{run}", "get", "200"));
  for (const state of RUN_STATES)
    expect(row({ run: "r", name: "f", state, started: "", counts: { ok: 2 } }), state).toBe(true);
  expect(row({ run: "r", name: "f", state: "odd", started: "", counts: {} })).toBe(false);
});

it("tells of every path with its words for people", () => {
  const all = Object.values(written.paths ?? {}).flatMap((path) => [path.get, path.post].filter(Boolean));
  expect(all.length).toBe(9);
  for (const one of all) expect(one?.summary).toMatch(/^[A-Z]/);
});
