import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { validate } from "@apidevtools/swagger-parser";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { loadFlow, readRunEvent, resolvePlan } from "@roadrunner/core";
import { LOGIN_NAMESPACE, readLoginText, readSignature } from "@roadrunner/core/signing";
import { PROBLEM_CODES, RUN_STATES, takeHandOver } from "@roadrunner/engine/api";
import { EXAMPLES } from "../../../src/server/described/described-examples.ts";
import { openApi } from "../../../src/server/described/openapi.ts";
import { PROBLEM_TYPE, problemOf } from "../../../src/server/problems.ts";
import { listQuery, ROUTES } from "../../../src/server/described/routes.ts";

const file = fileURLToPath(new URL("../../../../../docs/openapi.json", import.meta.url));
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

describe("its examples", () => {
  const { handOver, ...others } = EXAMPLES;

  it.each(Object.keys(others))("of %s are what is read and answered there", (name) => {
    const { request, responses } = ROUTES[name as keyof typeof ROUTES] as unknown as Described;
    const { asked, answered } = others[name as keyof typeof others] as Example;
    const schema = request?.body?.content["application/json"].schema;
    const answer = Object.values(responses)[0]?.content["application/json"].schema;
    const read = { asked: asked && schema?.parse(asked), answered: answer?.parse(answered) };
    expect(read).toEqual({ asked, answered });
  });

  it("of a run that is handed over is one that is taken", () => {
    expect(takeHandOver(JSON.stringify(handOver.asked))).toMatchObject({ ok: true, value: { run: RUN } });
    expect(handOver.answered).toEqual({ run: RUN });
  });

  it("are of events that exist, and of a login that is signed", () => {
    for (const { event } of EXAMPLES.events.answered.events)
      expect(readRunEvent(event)).toEqual({ ok: true, value: event });
    const { statement, signature } = EXAMPLES.login.asked;
    expect(readLoginText(statement)).toMatchObject({ ok: true });
    expect(readSignature(signature)).toMatchObject({ ok: true, value: { namespace: LOGIN_NAMESPACE } });
  });

  it("stand in the file", () => {
    const said = written.paths?.["/api/v1/runs/{run}/confirm"]?.post;
    const problem = { content: { [PROBLEM_TYPE]: { example: { code: "notCarried" } } } };
    expect(said).toMatchObject({
      requestBody: { content: { "application/json": { example: EXAMPLES.confirm.asked } } },
      responses: {
        200: { content: { "application/json": { example: EXAMPLES.confirm.answered } } },
        default: problem,
      },
    });
  });
});

const RUN = "20261129-104322-2qflpqc2";

interface Example {
  readonly asked?: unknown;
  readonly answered?: unknown;
}

interface Json {
  readonly "application/json": { readonly schema: { parse(value: unknown): unknown } };
}

interface Described {
  readonly request?: { readonly body?: { readonly content: Json } };
  readonly responses: Readonly<Record<string, { readonly content: Json }>>;
}

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

describe("what is sent", () => {
  interface Schema {
    readonly $ref?: string;
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
    readonly additionalProperties?: Schema | boolean;
    readonly anyOf?: readonly Schema[];
    readonly oneOf?: readonly Schema[];
    readonly enum?: readonly unknown[];
    readonly maximum?: number;
    readonly maxItems?: number;
    readonly maxProperties?: number;
  }
  const schemas = (written.components?.schemas ?? {}) as Readonly<Record<string, Schema>>;

  /** Numbers that nothing is counted, waited or made by. */
  const FREE = [
    "RunPlan.params{}",
    "PlannedGate.prometheus.max",
    "PlannedGate.prometheus.min",
    "PlannedGate.http.status",
    "Amount.count",
    "PlannedStage.at.atOnce",
  ];

  it("has a bound for every list, map and number", () => {
    const free: string[] = [];
    const seen = new Set<string>();
    const look = (schema: Schema, at: string): void => {
      if (schema.$ref !== undefined) {
        const name = schema.$ref.split("/").at(-1) ?? "";
        if (seen.has(name)) return;
        seen.add(name);
        look(schemas[name] ?? {}, name);
        return;
      }
      const { type, maximum, maxItems, maxProperties, additionalProperties, items } = schema;
      const isNumber = (type === "number" || type === "integer") && schema.enum === undefined;
      if (isNumber && maximum === undefined) free.push(at);
      if (type === "array" && maxItems === undefined) free.push(`${at}[]`);
      if (typeof additionalProperties === "object") {
        if (maxProperties === undefined) free.push(`${at}{…}`);
        look(additionalProperties, `${at}{}`);
      }
      if (items !== undefined) look(items, `${at}[]`);
      for (const [name, inside] of Object.entries(schema.properties ?? {})) look(inside, `${at}.${name}`);
      for (const one of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) look(one, at);
    };
    for (const { operation } of operations) {
      const { requestBody } = operation as {
        readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
      };
      for (const { schema } of Object.values(requestBody?.content ?? {})) look(schema, operation.operationId);
    }
    expect(seen).toContain("PlannedStage");
    expect(free.toSorted()).toEqual(FREE.toSorted());
  });

  const ajv = new Ajv({ strict: false, formats: { "date-time": true } });
  const isDescribed = ajv.compile({ $ref: "#/components/schemas/HandOver", components: written.components });
  const flow = { name: "f", slots: [{ jobs: [{ name: "j", hosts: "h1", command: "true" }] }] };
  const loaded = loadFlow(Buffer.from(JSON.stringify(flow)), { file: "f.json" });
  const resolved = loaded.ok ? resolvePlan({ flow: loaded.value, random: () => 0 }) : undefined;
  const plan = resolved?.ok === true ? resolved.value.plan : undefined;
  const carry = {
    maxInFlight: 1,
    priority: "low",
    keepOutputBytes: 256,
    waitForWorkersMs: 0,
    serverTimeoutMs: 0,
    lostTimeoutMs: 0,
    live: false,
  };
  const by = { version: "1", who: "ann", where: "box" };
  const handOver = {
    v: 1,
    run: "20261124-091612-abcdefgh",
    plan,
    file: "",
    fileDigest: "",
    warnings: [],
    by,
    carry,
    concurrent: false,
  };
  const ofJob = (fields: object) => ({
    ...handOver,
    plan: { ...plan, slots: [{ failFast: false, jobs: [{ ...plan?.slots[0]?.jobs[0], ...fields }] }] },
  });
  const many = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);
  const gate = { name: "g", everyMs: 1, failures: 1, timeoutMs: 1, http: { url: "http://g/", status: 200 } };

  it.each<[string, (amount: number) => object, number]>([
    [
      "slots",
      (amount) => ({ ...handOver, plan: { ...plan, slots: many(amount, { failFast: false, jobs: [] }) } }),
      10_000,
    ],
    ["onlyIfOk", (amount) => ofJob({ onlyIfOk: many(amount - 1, "j") }), 100_000],
    ["gates", (amount) => ofJob({ gates: many(amount, gate) }), 20],
    ["a gate's failures", (amount) => ofJob({ gates: [{ ...gate, failures: amount }] }), 100],
    ["retries", (retries) => ofJob({ retries }), 100],
    ["waitMs", (waitMs) => ofJob({ waitMs }), 20 * 86_400_000],
    ["characters of a name", (amount) => ofJob({ name: "n".repeat(amount) }), 1000],
    [
      "waitForWorkersMs",
      (waitForWorkersMs) => ({ ...handOver, carry: { ...carry, waitForWorkersMs } }),
      20 * 86_400_000,
    ],
    [
      "secrets",
      (amount) => ({
        ...handOver,
        secrets: Object.fromEntries(many(amount, "").map((_, at) => [`s${at}`, ""])),
      }),
      10_000,
    ],
    [
      "labels",
      (amount) =>
        ofJob({
          hosts: [{ name: "h", labels: Object.fromEntries(many(amount, "").map((_, at) => [`l${at}`, ""])) }],
        }),
      10_000,
    ],
  ])("is taken with as many %s as is described, and refused with one more", (_, made, most) => {
    const taken = (value: object) => takeHandOver(JSON.stringify(value));
    expect(taken(made(most))).toMatchObject({ ok: true });
    expect(isDescribed(made(most))).toBe(true);
    expect(taken(made(most + 1))).toMatchObject({ ok: false });
    // Names in `onlyIfOk` are counted together with the job's one step.
    expect(isDescribed(made(most + 2))).toBe(false);
  });
});

describe("docs/coordinator.md", () => {
  const page = readFileSync(new URL("../../../../../docs/coordinator.md", import.meta.url), "utf8");
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
