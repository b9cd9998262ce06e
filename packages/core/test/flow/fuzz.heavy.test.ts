import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { formatFlowProblem } from "../../src/flow/problem.ts";
import { loadFlow } from "../../src/flow/load-flow.ts";
import { loadInventory } from "../../src/flow/inventory/load-inventory.ts";
import { problemsOfFlow, resolvePlan } from "../../src/flow/resolve-plan.ts";
import { HostEntry } from "../../src/flow/schema/inventory-schema.ts";
import { Flow, Slot } from "../../src/flow/schema/flow-schema.ts";
import { Gate } from "../../src/flow/schema/gate-schema.ts";
import { Job } from "../../src/flow/schema/job-schema.ts";
import { Undo } from "../../src/flow/schema/undo-schema.ts";

vi.setConfig({ testTimeout: 180_000 });

/** Texts of which many mean something in some field. */
const word = fc.oneof(
  fc.constantFrom(
    "db[1-3]",
    "@web",
    "@nosuch",
    "db1!db1",
    "50%",
    "0%",
    "5m",
    "a",
    "b",
    "once",
    "random",
    "unreachable",
    "#!",
    "",
  ),
  fc.constantFrom(
    "db[3-1]",
    "db[1-",
    "root@db2",
    "120%",
    "-1s",
    "\0",
    "\ud800",
    "x".repeat(70),
    "é\n\t\u001b",
  ),
  fc.string({ maxLength: 6 }),
);
const scalar = fc.oneof(
  word,
  word,
  fc.integer({ min: -2, max: 5 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(word, scalar, { maxKeys: 3 }) },
);

function mostly<T, U>(usual: T, other: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

/** Objects with keys of the schema, seldom others, and any values. */
function objectOf(
  keys: readonly string[],
  fixed: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<object> {
  const some = fc.dictionary(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, { weight: 1, arbitrary: word }),
    value,
    {
      maxKeys: 4,
      noNullPrototype: true,
    },
  );
  return fc
    .tuple(mostly({}, some), fc.record(fixed, { noNullPrototype: true }))
    .map(([any, known]) => ({ ...any, ...known }));
}

const list = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: value },
  );
const someHosts = fc.constantFrom("db[1-3]", "db2", "web1,db1", "@a");
const gate = fc.oneof(
  objectOf(Object.keys(Gate.shape), { http: fc.constantFrom("http://a", "http://u@a", "x") }),
  objectOf(Object.keys(Gate.shape), { check: word, at: fc.constantFrom("db1", "db[1-2]", "@a") }),
  objectOf(Object.keys(Gate.shape), {
    prometheus: fc.record({ url: fc.constantFrom("http://p", "p"), query: word, max: scalar }),
  }),
);
const undo = objectOf(Object.keys(Undo.shape), { command: fc.oneof(fc.constant("true"), word) });
const seldom = (arbitrary: fc.Arbitrary<unknown>) => mostly(undefined, arbitrary);
const job = objectOf(Object.keys(Job.shape), {
  hosts: fc.oneof({ weight: 6, arbitrary: someHosts }, { weight: 1, arbitrary: fc.array(word) }),
  command: fc.oneof(fc.constant("true"), word),
  gates: seldom(fc.array(gate, { minLength: 1, maxLength: 2 })),
  undo: seldom(undo),
});
const slot = objectOf(Object.keys(Slot.shape), { jobs: list(job) });
const anyGroups = fc.dictionary(
  fc.constantFrom("web", "a", "b"),
  fc.constantFrom("db[1-2]", "x", "y1", "@a", "@b", "@web"),
);
const goodGroups = fc.record({ a: fc.constantFrom("db[1-2]", "@web"), web: fc.constantFrom("x", "y1,db2") });
const flow = objectOf(Object.keys(Flow.shape), {
  slots: list(slot),
  groups: fc.oneof({ weight: 4, arbitrary: goodGroups }, { weight: 1, arbitrary: anyGroups }),
});
const entry = objectOf(Object.keys(HostEntry.shape), {});
const inventory = fc.record(
  {
    groups: anyGroups,
    hosts: fc.dictionary(fc.constantFrom("db[1-2]", "db2", "@web", "@a", "u@db1"), entry),
  },
  { requiredKeys: [] },
);

/** Reads and resolves; gives what was found, each with a position inside of its text. */
function tellAll(text: string, inventoryText: string, limit: string | undefined): number {
  const loaded = loadFlow(text, { file: "flow" });
  const around = loadInventory(inventoryText, { file: "inventory" });
  const others = { inventory: around.ok ? around.value : undefined, limit, random: () => 0.5 };
  const problems = [...(loaded.ok ? [] : problemsOfFlow(loaded, others)), ...(around.ok ? [] : around.error)];
  if (loaded.ok) {
    const resolved = resolvePlan({ flow: loaded.value, ...others });
    if (!resolved.ok) problems.push(...resolved.error);
    else expect(JSON.parse(JSON.stringify(resolved.value))).toEqual(resolved.value);
  }
  for (const problem of problems) {
    const source =
      problem.file === "flow" ? text : problem.file === "inventory" ? inventoryText : (limit ?? "");
    const lines = source.replace(/^\ufeff/, "").split("\n");
    expect(problem.line).toBeGreaterThan(0);
    expect(problem.line).toBeLessThanOrEqual(lines.length);
    expect(problem.column).toBeGreaterThan(0);
    expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1]?.length ?? 0) + 1);
    expect(problem.message).not.toBe("");
    expect(formatFlowProblem(problem)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
  return problems.length;
}

test("any flow and inventory gets a plan or problems with their positions, and nothing is thrown", () => {
  let plans = 0;
  fc.assert(
    fc.property(flow, mostly({}, inventory), mostly(undefined, word), (written, known, limit) => {
      if (tellAll(JSON.stringify(written, null, 1), JSON.stringify(known), limit) === 0) plans += 1;
    }),
    { numRuns: 1500 },
  );
  expect(plans).toBeGreaterThan(10);
});

test("any text gets problems with their positions", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "slots:",
      "\n",
      "  ",
      "- ",
      "jobs:",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"',
      "'",
      "&a ",
      "*a",
      "!t ",
      "|\n",
      "#",
      "\t",
      "---\n",
      "? ",
      "%",
      "\r\n",
      "/*",
      "//",
    ),
    word,
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      expect(tellAll(pieces.join(""), pieces.toReversed().join(""), undefined)).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 1500 },
  );
});
