import { describe, expect, test } from "vitest";
import { loadFlow } from "../../../src/flow/load-flow.ts";
import { loadParams, readParamOptions } from "../../../src/flow/params/given-params.ts";
import { problemsOfFlow, resolvePlan } from "../../../src/flow/resolve-plan.ts";
import type { FlowProblem } from "../../../src/flow/problem.ts";
import type { RunPlan } from "../../../src/rollout/plan/plan.ts";
import { flow, job, oneJob, planProblems, problemsOf, shortly, type Written } from "../reading.ts";

/** The plan with what was given, or every problem as it is told. */
function planWith(text: string, options: readonly string[], file?: string): RunPlan | readonly string[] {
  const { values, problems } = readParamOptions(options);
  const ofFile = file === undefined ? { ok: true as const, value: [] } : loadParams(file, { file: "p.yaml" });
  if (!ofFile.ok) return shortly(ofFile.error);
  const around = { random: () => 0 };
  const loaded = loadFlow(text, {
    file: "flow.json",
    params: { values: [...ofFile.value, ...values], incomplete: problems.length > 0 },
  });
  if (!loaded.ok) return [...problemsOfFlow(loaded, around), ...problems].map(tell);
  const planned = resolvePlan({ flow: loaded.value, ...around });
  return planned.ok && problems.length === 0
    ? planned.value.plan
    : [...(planned.ok ? [] : planned.error), ...problems].map(tell);
}

const tell = ({ file, line, column, path, message }: FlowProblem): string =>
  `${file}:${line}:${column} ${path}: ${message}`;

const params = (written: Written, fields: Written = {}): string => oneJob(fields, { params: written });

describe("a value", () => {
  const plan = planWith(
    params(
      {
        version: { type: "string", pattern: "\\d+\\.\\d+" },
        count: { type: "integer", default: 3 },
        force: { type: "boolean", default: false },
        targets: { type: "hosts" },
        width: { type: "string", default: "25%" },
        limit: { type: "duration", default: "5m" },
        tier: { type: "choice", choices: ["eu", "us"] },
      },
      {
        hosts: [{ param: "targets" }, "x1"],
        parallelism: [{ param: "count" }, { param: "width" }],
        success: { param: "count" },
        tolerate: { unreachable: { param: "count" } },
        timeout: { param: "limit" },
      },
    ),
    ["version=1.2", "targets=db[1-3]", "tier=eu"],
  ) as RunPlan;

  test("stands where the flow takes an amount, hosts or a duration", () => {
    expect(plan.slots[0]?.jobs[0]).toMatchObject({
      success: { kind: "count", count: 3 },
      parallelism: [
        { kind: "count", count: 3 },
        { kind: "share", hundredths: 2500 },
      ],
      tolerate: { unreachable: { kind: "count", count: 3 } },
      hosts: [{ name: "db1" }, { name: "db2" }, { name: "db3" }, { name: "x1" }],
      work: { timeoutMs: 300_000 },
    });
  });

  test("is a variable of its name on each host, and stands in the plan", () => {
    const [host] = plan.slots[0]?.jobs[0]?.hosts ?? [];
    expect(host?.env).toEqual({
      version: "1.2",
      count: "3",
      force: "false",
      targets: "db[1-3]",
      width: "25%",
      limit: "5m",
      tier: "eu",
    });
    expect(plan.params).toMatchObject({ version: "1.2", count: 3, force: false });
  });

  test("of text arrives as it is, whatever is in it", () => {
    const hostile = `'"$(touch /tmp/x)\`id\`\n;\\ \u00fc=`;
    expect(planWith(params({ v: { type: "string" } }), [`v=${hostile}`])).toMatchObject({
      params: { v: hostile },
      slots: [{ jobs: [{ work: { command: "true" } }] }],
    });
  });

  test("of the command line goes before one of a file, and that before the default", () => {
    const text = params({
      a: { type: "string", default: "d" },
      b: { type: "string" },
      c: { type: "string" },
    });
    expect(planWith(text, ["c=line"], "b: file\nc: file")).toMatchObject({
      params: { a: "d", b: "file", c: "line" },
    });
  });

  test("may be a group of the flow", () => {
    const text = oneJob(
      { hosts: "@them" },
      { params: { targets: { type: "hosts" } }, groups: { them: { param: "targets" } } },
    );
    expect(planWith(text, ["targets=a[1-2]"])).toMatchObject({
      slots: [{ jobs: [{ hosts: [{ name: "a1" }, { name: "a2" }] }] }],
    });
  });
});

describe("every problem is told at once, where it stands", () => {
  test("missing, unknown, wrong and twice, with the other problems of the flow", () => {
    const text = `{ "params": {
      "version": { "type": "string" },
      "count": { "type": "integer", "min": 1, "max": 5 },
      "targets": { "type": "hosts" },
      "tier": { "type": "choice", "choices": ["eu", "us"] } },
    "slots": [{ "jobs": [{ "hosts": "db[1-2]", "command": "true", "paralellism": 1,
      "success": { "param": "count" } }] }] }`;
    expect(planWith(text, ["count=9", "targets=db[1-", "tier=eu", "versin=1", "tier=us"])).toEqual([
      'flow.json:6:67 slots[0].jobs[0].paralellism: unknown key "paralellism"',
      '--param:1:1 : the flow has no parameter "versin"',
      "--param:1:7 count: must be a whole number from 1 to 5, not 9",
      '--param:1:11 targets: this "[" is never closed',
      '--param:1:1 : gives "tier" twice; give it once',
    ]);
    expect(planWith(text, [])).toContain("flow.json:2:7 params.version: has no value");
  });

  test("in a file of values", () => {
    const text = params({ version: { type: "string" }, n: { type: "integer" } });
    expect(planWith(text, [], "version: 1.2\nn: 1.5\ncolour: red")).toEqual([
      "p.yaml:1:10 version: must be a text, not 1.2",
      "p.yaml:2:4 n: must be a whole number, not 1.5",
      'p.yaml:3:1 colour: the flow has no parameter "colour"',
    ]);
  });

  test.each([
    ["a: 1\na: 2", "is written twice"],
    ['{ "a": "x\\u0000y" }', "NUL"],
    ["a: &x [1]\nb: *x", "anchor"],
    [`a: ${"[".repeat(5000)}`, "levels deep"],
    ["[1]", "not an object"],
  ])("a file with %j is refused", (file, message) => {
    expect(JSON.stringify(planWith(params({ a: { type: "string" } }), [], file))).toContain(message);
  });

  test.each([
    [{ type: "string" }, `v=${"x".repeat(1024 * 1024)}`, "v: has 1048578 bytes"],
    [{ type: "string" }, "v=\ufffd", "is no UTF-8 text"],
    [{ type: "string", pattern: "[0-9]+" }, "v=12\n", "must match"],
    [{ type: "string", pattern: "a|b" }, "v=ax", "must match"],
    [{ type: "integer" }, "v=1e3", "must be a whole number"],
    [{ type: "integer" }, "v=9007199254740993", "must be a whole number"],
    [{ type: "boolean" }, "v=yes", "must be true or false"],
    [{ type: "hosts" }, "v=", "the host expression is empty"],
    [{ type: "duration" }, "v=5", "has no unit"],
    [{ type: "secret" }, "v=hunter2", "v is a secret"],
    [{ type: "string" }, "=x", "must be NAME=VALUE"],
    [{ type: "string" }, "v", "must be NAME=VALUE"],
  ])("%j with %.20s", (param, option, message) => {
    const told = planWith(params({ v: param }), [option]);
    expect(JSON.stringify(told)).toContain(message);
    expect(JSON.stringify(told)).not.toContain("hunter2");
  });

  test("a value that was meant for a secret is shown nowhere", () => {
    for (const option of ["token=hunter2", "tokn=hunter2"]) {
      const { values } = readParamOptions([option]);
      const loaded = loadFlow(params({ token: { type: "secret" } }), { file: "f", params: { values } });
      expect(JSON.stringify(loaded)).not.toContain("hunter2");
      expect(loaded.ok).toBe(false);
    }
  });

  test("so is a file for what is no secret, or is no parameter", () => {
    const { values } = readParamOptions(["v=/a", "tokn=/b", "token=/c"], "--secret-file");
    const written = { token: { type: "secret" }, v: { type: "string", default: "x" } };
    const loaded = loadFlow(params(written), { file: "f", params: { values: [], secretFiles: values } });
    expect(loaded.ok ? [] : loaded.error.map(tell)).toEqual([
      '--secret-file:1:1 : the flow has no parameter "tokn"',
      "--secret-file:1:1 : v is no secret",
    ]);
  });

  test("a value that its place cannot take is told at the place, with the parameter's name", () => {
    const text = params({ w: { type: "string" } }, { parallelism: { param: "w" } });
    expect(planWith(text, ["w=many"])).toEqual([
      expect.stringMatching(/slots\[0\]\.jobs\[0\]\.parallelism: .*"many" \(the parameter w\)$/),
    ]);
    const hosts = params({ t: { type: "hosts" } }, { hosts: { param: "t" } });
    expect(planWith(hosts, ["t=a1!a1"])).toEqual([
      expect.stringMatching(/slots\[0\]\.jobs\[0\]\.hosts: no host is left .*\(the parameter t\)$/),
    ]);
  });

  test("where not all that was given could be read, nothing is told to be missing", () => {
    const text = params({ t: { type: "hosts" } }, { hosts: { param: "t" }, success: 7 });
    expect(planWith(text, ["=x"])).toEqual(["--param:1:1 : must be NAME=VALUE"]);
  });

  test("of a value that is not known nothing follows", () => {
    const text = params({ t: { type: "hosts" } }, { hosts: { param: "t" }, success: 7 });
    expect(planWith(text, [])).toEqual([expect.stringContaining("params.t: has no value")]);
  });
});

describe("what a flow says of its parameters", () => {
  test.each([
    [{ v: { type: "text" } }, 'must be "string"'],
    [{ V: { type: "string" } }, "is no name of a parameter"],
    [{ "a-b": { type: "string" } }, "is no name of a parameter"],
    [{ path: { type: "string" } }, "belongs to the shell"],
    [{ rr_run: { type: "string" } }, "Roadrunner's own"],
    [{ rra: { type: "string" } }, "Roadrunner's own"],
    [{ v: { type: "string", min: 1 } }, "only an integer parameter has min"],
    [{ v: { type: "choice" } }, "a choice needs choices"],
    [{ v: { type: "integer", min: 3, max: 1 } }, "must be at least min"],
    [{ v: { type: "integer", max: 3, default: 4 } }, "must be a whole number of at most 3"],
    [{ v: { type: "choice", choices: ["a"], default: "b" } }, 'must be one of "a"'],
    [{ v: { type: "string", pattern: "(" } }, "no regular expression"],
    [{ v: { type: "string", pattern: "a", default: "b" } }, "must match"],
    [{ v: { type: "secret", default: "x" } }, "a secret has no default"],
    [{ v: { type: "hosts", default: "a[" } }, "never closed"],
  ])("%j: %s", (written, message) => {
    const problems = problemsOf(params(written)).map((problem) => problem.message);
    expect(problems).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ["a job's env", { env: { v: "1" } }, {}],
    ["a job's secretEnv", { secretEnv: { v: "x" } }, {}],
    ["the env of defaults", {}, { defaults: { env: { v: "1" } } }],
  ])("a name that %s has is refused", (_, fields, more) => {
    const text = oneJob(fields, { ...more, params: { v: { type: "string", default: "x" } } });
    expect(problemsOf(text).map(({ message }) => message)).toEqual([
      "v is a parameter of the flow, which commands have as a variable already",
    ]);
  });

  test("so is one that a host has in the inventory", () => {
    const text = params({ v: { type: "string", default: "x" } });
    expect(planProblems(text, { inventory: { hosts: { db1: { env: { v: "y" } } } } })).toEqual([
      expect.stringContaining("hosts.db1.env.v: v is a parameter of the flow"),
    ]);
  });
});

describe("a reference", () => {
  const v = { v: { type: "duration", default: "5m" } };
  test.each([
    [{ timeout: { param: "w" } }, 'the flow has no parameter "w"'],
    [{ timeout: { param: "v", more: 1 } }, "and nothing else in it"],
    [{ timeout: { param: 5 } }, "and nothing else in it"],
    [{ parallelism: { param: "v" } }, "v is of type duration; an amount stands here"],
    [{ command: { param: "v" } }, "no parameter can stand here"],
    [{ retries: { param: "v" } }, "no parameter can stand here"],
  ])("%j: %s", (fields, message) => {
    const problems = problemsOf(oneJob(fields, { params: v })).map((problem) => problem.message);
    expect(problems).toContainEqual(expect.stringContaining(message));
  });

  test("is none where names stand: a group and a variable may be called param", () => {
    const text = oneJob({ hosts: "@param", env: { param: "x" } }, { groups: { param: "db[1-2]" } });
    expect(problemsOf(text)).toEqual([]);
  });

  test("a flow without parameters has the plan that it had", () => {
    const plan = planWith(flow([[job({})]]), []);
    expect(Object.keys(plan)).toEqual(["name", "slots", "finally"]);
  });
});
