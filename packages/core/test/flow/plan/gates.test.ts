import { describe, expect, it } from "vitest";
import { gatePoolsOf } from "@roadrunner/core";
import { planSchema } from "../../../src/contract/plan-schema.ts";
import { expressionsIn } from "../../../src/flow/written-expressions.ts";
import { load, jobOf, oneJob, planOf, planProblems, problemsOf, type Written } from "../reading.ts";

const prometheus = { url: "http://prom:9090", query: "latency" };
const inventory = {
  hosts: {
    mon1: { address: "10.0.0.9", pool: "dmz", user: "ops", port: 2222, env: { KIND: "mon" } },
    mon2: {},
  },
  groups: { mon: "mon[1-2]" },
};
const gated = (gates: unknown, job: Written = {}, flow: Written = {}): string =>
  oneJob({ name: "upgrade", ...job, gates }, flow);
const planned = (...of: Parameters<typeof gated>) => jobOf(planOf(gated(...of), { inventory }));
const withoutPath = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => text.replace(/^\S+ slots\[0\]\.jobs\[0\]\.?/, ""));

describe("gates of a job", () => {
  it("stand in its plan, each with what it asks and how", () => {
    const gates = [
      { name: "latency", prometheus, max: 300, min: 1.5, token: "prom" },
      { prometheus: { ...prometheus, max: 0, token: "prom" }, every: "1s", failures: 1, timeout: "500ms" },
      { http: "https://shop/health?full=1", status: 204, token: "shop", pool: "web" },
      { http: "http://[2001:db8::1]:80/" },
    ];
    const common = { everyMs: 30_000, failures: 2, timeoutMs: 10_000 };
    expect(planned(gates).gates).toEqual([
      { name: "latency", ...common, prometheus: { ...prometheus, max: 300, min: 1.5, token: "prom" } },
      {
        ...{ name: "gate-2", everyMs: 1000, failures: 1, timeoutMs: 500 },
        prometheus: { ...prometheus, max: 0, token: "prom" },
      },
      {
        ...{ name: "gate-3", pool: "web", ...common },
        http: { url: "https://shop/health?full=1", status: 204, token: "shop" },
      },
      { name: "gate-4", ...common, http: { url: "http://[2001:db8::1]:80/", status: 200 } },
    ]);
  });

  it("bake, and hold, only where the job says so; a job without gates has none of it", () => {
    const gates = [{ http: "http://shop" }];
    expect(planned(gates, { bake: "5m", onGateFail: "hold" })).toMatchObject({
      ...{ bakeMs: 300_000, onGateFail: "hold" },
    });
    for (const job of [planned(gates), planned(gates, { bake: 0, onGateFail: "stop" })]) {
      expect(job).not.toHaveProperty("bakeMs");
      expect(job).not.toHaveProperty("onGateFail");
    }
    expect(jobOf(planOf(oneJob({})))).not.toHaveProperty("gates");
  });

  it("check at a host that is reached by what is known of it, and have nothing that the job says of its own", () => {
    const own = { user: "deploy", become: true, cwd: "/srv", secretEnv: { T: "token" }, pool: "web" };
    const job = {
      ...own,
      env: { A: "1" },
      timeout: "9m",
      shell: "/bin/bash",
      connectTimeout: "3s",
      delivery: "once",
    };
    const [gate] = planned([{ check: "ok", at: "mon1" }], { ...job, okCodes: [7], retries: 3 }).gates ?? [];
    expect(gate).toEqual({
      ...{ name: "gate-1", pool: "dmz", everyMs: 30_000, failures: 2, timeoutMs: 30_000 },
      check: {
        host: {
          ...{ name: "mon1", address: "10.0.0.9", port: 2222, user: "ops", pool: "dmz" },
          env: { KIND: "mon", A: "1" },
        },
        work: {
          ...{ command: "ok", shell: "/bin/bash", connectTimeoutMs: 3000, timeoutMs: 30_000, okCodes: [0] },
          ...{ delivery: "repeatable", onDisconnect: "attached" },
        },
      },
    });
  });

  it("check with a login, variables and codes of their own", () => {
    const own = { user: "nagios", become: "www", env: { B: "2" }, secretEnv: { T: "token" }, cwd: "/x" };
    const gate = {
      check: "ok",
      at: "mon2",
      ...own,
      shell: "/bin/zsh",
      okCodes: [0, 3],
      connectTimeout: "1s",
    };
    const [plan] = planned([{ ...gate, timeout: "2s", pool: "mine" }]).gates ?? [];
    expect(plan).toMatchObject({
      ...{ pool: "mine", timeoutMs: 2000 },
      check: {
        ...{ host: { name: "mon2", user: "nagios", pool: "mine" }, env: { B: "2" } },
        work: {
          ...{ become: "www", secretEnv: { T: "token" }, cwd: "/x", shell: "/bin/zsh", okCodes: [0, 3] },
          ...{ connectTimeoutMs: 1000, timeoutMs: 2000 },
        },
      },
    });
  });

  it("are asked by their pool, else by that of defaults", () => {
    const gates = [{ http: "http://a" }, { http: "http://b", pool: "p" }, { check: "c", at: "mon2" }];
    const job = planned(gates, { pool: "of-job" }, { defaults: { pool: "d" } });
    expect(job.gates?.map(({ pool }) => pool)).toEqual(["d", "p", "d"]);
    expect([...gatePoolsOf(job)]).toEqual(["d", "p"]);
    expect([...gatePoolsOf(planned([{ http: "http://a" }]))]).toEqual([undefined]);
    expect([...gatePoolsOf(jobOf(planOf(oneJob({}))))]).toEqual([]);
  });

  it("take parameters for addresses, queries and bounds; a check has them as variables", () => {
    const params = {
      url: { type: "string", default: "http://p" },
      query: { type: "string", default: "q" },
      max: { type: "string", default: "0.25" },
      min: { type: "integer", default: -3 },
      at: { type: "hosts", default: "mon2" },
      every: { type: "duration", default: "7s" },
    };
    const of = (name: string) => ({ param: name });
    const gates = [
      {
        prometheus: { url: of("url"), query: of("query"), max: of("max"), min: of("min") },
        every: of("every"),
      },
      { http: of("url"), every: "1s" },
      { check: 'test "$query"', at: of("at") },
    ];
    expect(planned(gates, { bake: of("every") }, { params })).toMatchObject({
      bakeMs: 7000,
      gates: [
        { everyMs: 7000, prometheus: { url: "http://p", query: "q", max: 0.25, min: -3 } },
        { http: { url: "http://p" } },
        { check: { host: { name: "mon2", env: { query: "q", min: "-3" } } } },
      ],
    });
    const bad = {
      ...params,
      max: { type: "string", default: "fast" },
      url: { type: "string", default: "ftp://p" },
    };
    const problems = problemsOf(gated(gates, {}, { params: bad })).map(({ message }) => message);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/must be a number, not "fast"/),
        expect.stringMatching(/must begin with http/),
      ]),
    );
  });

  it("name hosts for which inventories are asked", () => {
    const undo = { stages: [{ at: "@u", command: "x" }] };
    const text = gated([{ check: "x", at: "@g" }], { undo, hosts: "db1" });
    expect(expressionsIn(load(text)).toSorted()).toEqual(["@g", "@u", "db1"]);
  });

  it("ask at one host that there is", () => {
    const at = (expression: string) =>
      withoutPath(planProblems(gated([{ check: "x", at: expression }]), { inventory }));
    expect(at("@mon")).toEqual(["gates[0].at: is 2 hosts; a check of a gate is run at one"]);
    expect(at("@none")).toEqual([expect.stringContaining("none")]);
    expect(at("mon1!mon1")).toHaveLength(1);
    expect(at("mon1,mon1")).toEqual([]);
  });

  it("have no check that no task can carry", () => {
    const env = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`V${index}`, "x".repeat(120_000)]),
    );
    expect(planProblems(gated([{ name: "big", check: "x", at: "mon1", env }]))).toEqual([
      expect.stringMatching(/command and variables of gate "big" have \d+ bytes; a task can have 1000000/),
    ]);
  });

  it("make a plan that a journal takes, with nothing that belongs to gates where there are none", () => {
    const { plan } = planOf(gated([{ check: "x", at: "mon1" }], { bake: "1s" }), { inventory });
    expect(planSchema.safeParse(JSON.parse(JSON.stringify(plan))).success).toBe(true);
    const [slot] = plan.slots;
    const { gates: _, ...bare } = jobOf({ plan, notes: [] });
    expect(planSchema.safeParse({ ...plan, slots: [{ ...slot, jobs: [bare] }] }).success).toBe(false);
  });

  it("are warned of where they ask at a host of the job, which may be down then", () => {
    const gates = [
      { check: "x", at: "db2" },
      { check: "x", at: "mon1" },
    ];
    expect(planOf(gated(gates, { undo: { command: "y" } })).notes.map(({ message }) => message)).toEqual([
      'job "upgrade": gate "gate-1" asks at db2, which is a host of the job: it may be down when it is asked',
    ]);
  });

  it("ask at hosts that --limit does not choose", () => {
    const { notes } = planOf(gated([{ check: "x", at: "mon1" }]), { inventory, limit: "db1,mon1" });
    expect(notes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/--limit names mon1, where a gate asks: it asks there all the same/),
    ]);
  });
});
