import { describe, expect, it } from "vitest";
import { jobFields, loadFlow } from "@roadrunner/core";
import { localWorkerOptions } from "../../src/carry/local.ts";
import { jobOptions, NO_OPTIONS, optionName, optionsByField } from "../../src/one-line/job-options.ts";
import { flowText, jobOf } from "../../src/one-line/one-job-flow.ts";
import { oneLineOptions } from "../../src/usage/options.ts";

const options = jobOptions();

/** A right text of each field: a new field of the schema needs its own here, and so is seen to arrive. */
const WRITTEN: Readonly<Record<string, { readonly text: string | true; readonly value: unknown }>> = {
  name: { text: "restart", value: "restart" },
  unless: { text: "test -e /x y", value: "test -e /x y" },
  script: { text: "x.sh", value: "x.sh" },
  success: { text: "80%", value: "80%" },
  parallelism: { text: "1,10%,50%", value: [1, "10%", "50%"] },
  stepSuccess: { text: "90%", value: "90%" },
  wait: { text: "5m", value: "5m" },
  tolerate: { text: "unreachable=5%", value: { unreachable: "5%" } },
  spread: { text: "rack=1", value: { rack: 1 } },
  failedHostsHoldPlaces: { text: true, value: true },
  boundFailures: { text: true, value: true },
  order: { text: "random", value: "random" },
  user: { text: "deploy", value: "deploy" },
  env: { text: "A=b=c, d", value: { A: "b=c, d" } },
  cwd: { text: "/srv", value: "/srv" },
  become: { text: "postgres", value: "postgres" },
  shell: { text: "/bin/bash", value: "/bin/bash" },
  secretEnv: { text: "TOKEN=shop.token", value: { TOKEN: "shop.token" } },
  timeout: { text: "1m", value: "1m" },
  deadline: { text: "0", value: 0 },
  connectTimeout: { text: "3s", value: "3s" },
  freshLogin: { text: true, value: true },
  okCodes: { text: "0,2", value: [0, 2] },
  retries: { text: "3", value: 3 },
  retryDelay: { text: "1s", value: "1s" },
  retryOn: { text: "failed, unknown", value: ["failed", "unknown"] },
  outputs: { text: true, value: true },
  reboot: { text: true, value: true },
  rebootTimeout: { text: "1h", value: "1h" },
  delivery: { text: "repeatable", value: "repeatable" },
  onDisconnect: { text: "attached", value: "attached" },
  pool: { text: "dc1", value: "dc1" },
  allowEmpty: { text: true, value: true },
};

/** The job that one option makes, given so often. */
function jobWith(field: string, ...texts: readonly (string | true)[]) {
  const option = optionName(field);
  const spec = options[option];
  if (spec === undefined) throw new Error(`there is no option --${option}`);
  const values = texts.map((text) => {
    const parsed = text === true ? { ok: true as const, value: true } : spec.parse(text);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  });
  const value = spec.repeated === undefined ? values[0] : spec.repeated(values);
  return jobOf({ hosts: "h1", words: ["true"], values: { [option]: value } }, { name: "run" });
}

describe("every field of a job", () => {
  it("is an option, or said in another way", () => {
    const said = [...optionsByField().keys(), ...Object.keys(NO_OPTIONS)];
    expect(said.toSorted()).toEqual([...jobFields().keys()].toSorted());
    expect(Object.keys(WRITTEN).toSorted()).toEqual([...optionsByField().keys()].toSorted());
  });

  it.each(Object.entries(WRITTEN))("%s arrives in a flow that loads", (field, { text, value }) => {
    const { job, problems } = jobWith(field, text);
    expect(problems).toEqual([]);
    expect(job[field]).toEqual(value);
    const { command: _command, ...withScript } = job;
    const flow = flowText(field === "script" ? withScript : job);
    expect(loadFlow(flow, { file: "f" })).toMatchObject({ ok: true });
  });

  it("has a description, and a name that no other option has", () => {
    const others = [...Object.keys(oneLineOptions), ...Object.keys(localWorkerOptions)];
    for (const [name, { describe: help }] of Object.entries(options)) {
      expect(help, name).not.toBe("");
      expect(others).not.toContain(name);
      expect(name).toMatch(/^[a-z-]+$/);
    }
  });
});

describe("texts of options", () => {
  it.each([
    ["become", "true", true],
    ["become", "false", false],
    ["success", "8", 8],
    ["parallelism", "2", 2],
    ["parallelism", "50%", "50%"],
    ["okCodes", "3", [3]],
    ["env", "EMPTY=", { EMPTY: "" }],
    ["env", "N=5", { N: "5" }],
    ["env", "LINES=a\nb'c\"", { LINES: "a\nb'c\"" }],
    ["env", "A=1,B=2", { A: "1,B=2" }],
    ["tolerate", "failed=2", { failed: 2 }],
    ["tolerate", "failed=2, unreachable=5%", { failed: 2, unreachable: "5%" }],
    ["spread", "rack=1,zone=25%", { rack: 1, zone: "25%" }],
    ["retries", "many", "many"],
  ])("--%s %s", (field, text, value) => {
    expect(jobWith(field, text).job[field]).toEqual(value);
  });

  it("join where they are lists, and are told where a name comes twice", () => {
    expect(jobWith("okCodes", "0,2", "3").job["okCodes"]).toEqual([0, 2, 3]);
    expect(jobWith("env", "A=1", "B=2").job["env"]).toEqual({ A: "1", B: "2" });
    expect(jobWith("spread", "rack=1,zone=2", "row=3").job["spread"]).toEqual({ rack: 1, zone: 2, row: 3 });
    expect(jobWith("spread", "rack=1,rack=2").problems).toHaveLength(1);
    expect(jobWith("env", "A=1", "B=2", "A=3").problems).toEqual(["--env: A was given twice; give it once"]);
  });

  it.each([
    ["env", "FOO"],
    ["env", "=b"],
    ["env", ""],
    ["spread", "rack=1,"],
    ["spread", "rack=1,zone"],
    ["timeout", ""],
    ["okCodes", ""],
    ["become", ""],
  ])("--%s %j is refused", (field, text) => {
    expect(() => jobWith(field, text)).toThrow(/is no NAME=VALUE|the value is empty/);
  });

  it("--repeatable is short for --delivery repeatable", () => {
    const of = (values: object) => jobOf({ hosts: "h", words: ["x"], values: { ...values } }, {});
    expect(of({ repeatable: true }).job["delivery"]).toBe("repeatable");
    expect(of({ repeatable: true, delivery: "repeatable" }).problems).toEqual([]);
    expect(of({ repeatable: true, delivery: "once" }).problems).toHaveLength(1);
  });
});
