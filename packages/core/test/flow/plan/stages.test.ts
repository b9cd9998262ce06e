import { describe, expect, it } from "vitest";
import { jobOf, load, oneJob, planOf, planProblems, problemsOf, shortly, type Written } from "../reading.ts";

const stages = [
  { name: "drain", command: "lbctl drain", timeout: "2m" },
  { name: "install", script: "install.sh", become: true, user: "deploy", env: { V: "2" }, okCodes: [0, 3] },
  {
    command: "lbctl enable",
    always: true,
    retryFrom: "stage",
    delivery: "repeatable",
    retries: 2,
    retryDelay: 0,
  },
] as const;
const scripts = new Map([["install.sh", "#!/bin/sh\nexit 0\n"]]);
const withStages = (job: Written, flow: Written = {}): string =>
  JSON.stringify({ ...flow, slots: [{ jobs: [{ hosts: "db[1-3]", stages, ...job }] }] });

describe("stages of a job", () => {
  it("stand in the plan in place of work, each with what it has from its job", () => {
    const text = withStages({ timeout: "1m", shell: "/bin/bash", cwd: "/srv", env: { A: "1" }, retries: 1 });
    const job = jobOf(planOf(text, { scripts }));
    expect(job).not.toHaveProperty("work");
    expect(job.hosts[0]).toEqual({ name: "db1", env: { A: "1" } });
    expect(job.stages).toMatchObject([
      {
        ...{ name: "drain", always: false, retries: 1, retryDelayMs: 5000, retryOn: ["unreachable"] },
        work: {
          ...{ command: "lbctl drain", timeoutMs: 120_000, shell: "/bin/bash", cwd: "/srv", okCodes: [0] },
          ...{ delivery: "once", onDisconnect: "finish" },
        },
      },
      {
        ...{ name: "install", user: "deploy", env: { V: "2" } },
        work: {
          script: { name: "install.sh", text: "#!/bin/sh\nexit 0\n" },
          ...{ timeoutMs: 60_000, become: true, okCodes: [0, 3] },
        },
      },
      {
        ...{ name: "stage-3", always: true, retryFrom: "stage", retries: 2, retryDelayMs: 0 },
        work: { command: "lbctl enable", delivery: "repeatable", onDisconnect: "attached" },
      },
    ]);
    expect(job.stages?.[0]?.work).not.toHaveProperty("become");
  });

  it("are asked where they are checks: repeatable, each time with a limit of its own", () => {
    const way = [
      { check: "curl localhost" },
      { check: "b", every: "1s", stable: "10s", within: "1m", timeout: "2s" },
    ];
    const job = jobOf(planOf(withStages({ stages: way, delivery: "once", timeout: "9m" })));
    const repeatable = { delivery: "repeatable", onDisconnect: "attached" };
    expect(job.stages?.map((stage) => stage.work)).toMatchObject([
      {
        ...{ command: "curl localhost", timeoutMs: 30_000, ...repeatable },
        check: { everyMs: 5000, stableMs: 0, withinMs: 300_000 },
      },
      {
        ...{ command: "b", timeoutMs: 2000, ...repeatable },
        check: { everyMs: 1000, stableMs: 10_000, withinMs: 60_000 },
      },
    ]);
  });

  it("are asked about first where the job has unless: on the host itself, as what it can be asked by anybody again", () => {
    const job = jobOf(
      planOf(withStages({ unless: "test -e /x", timeout: "1m", retries: 1, become: true }), { scripts }),
    );
    expect(job).not.toHaveProperty("work");
    expect(job.stages?.map(({ name, asks }) => [name, asks])).toEqual([
      ...[
        ["unless", true],
        ["drain", undefined],
        ["install", undefined],
        ["stage-3", undefined],
      ],
    ]);
    expect(job.stages?.[0]).toMatchObject({
      ...{ always: false, retries: 1 },
      work: {
        ...{ command: ":", unless: "test -e /x", timeoutMs: 60_000, become: true, okCodes: [0] },
        ...{ delivery: "repeatable", onDisconnect: "attached" },
      },
    });
    expect(job.stages?.[1]?.work).not.toHaveProperty("unless");
  });

  it("have fields of defaults, but none that say something of one command", () => {
    const defaults = { become: "shop", okCodes: [7], reboot: true, outputs: false, timeout: "9s" };
    const [drain] = jobOf(planOf(withStages({}, { defaults }), { scripts })).stages ?? [];
    expect(drain?.work).toMatchObject({ become: "shop", okCodes: [0], timeoutMs: 120_000 });
    expect(drain?.work).not.toHaveProperty("reboot");
  });

  it("hold the places of hosts that fail, where the job does not say it", () => {
    const holds = (job: Written) => jobOf(planOf(withStages(job), { scripts })).failedHostsHoldPlaces;
    expect([holds({}), holds({ failedHostsHoldPlaces: false })]).toEqual([true, false]);
    expect(jobOf(planOf(oneJob({}))).failedHostsHoldPlaces).toBe(false);
  });

  it("name scripts that are read, and tell what is wrong with them at the stage", () => {
    expect(load(withStages({})).scripts).toEqual(["install.sh"]);
    expect(planProblems(withStages({}), { scripts: new Map([["install.sh", "echo"]]) })).toEqual([
      expect.stringMatching(/stages\[1\]\.script: the script's first line names no interpreter/),
    ]);
  });

  it("may take a duration of a parameter", () => {
    const params = { patience: { type: "duration", default: "7s" } };
    const text = withStages({ stages: [{ command: "a", timeout: { param: "patience" } }] }, { params });
    expect(jobOf(planOf(text)).stages?.[0]?.work.timeoutMs).toBe(7000);
  });

  it.each<[Written, readonly string[]]>([
    [
      { command: "x", okCodes: [1] },
      [
        "command: a job with stages has no command of its own; write it in a stage",
        "okCodes: a job with stages has no okCodes of its own; write it in a stage",
      ],
    ],
    [{ outputs: true }, ["outputs: a job with stages has no outputs"]],
    [{ unless: " " }, ["unless: unless is empty"]],
    [
      { unless: "a", stages: [{ name: "unless", command: "b" }] },
      ['stages[0].name: a stage of a job with unless cannot be named "unless"'],
    ],
    [{ stages: [] }, ["stages: must be at least one stage"]],
    [{ stages: "drain" }, ["stages: must be a list of stages"]],
    [{ stages: [{ name: "a" }] }, ["stages[0]: a stage needs a command, a script or a check"]],
    [
      { stages: [{ command: "a", script: "b" }] },
      ["stages[0].script: a stage has one of command, script and check"],
    ],
    [
      {
        stages: [
          { name: "a", command: "1" },
          { name: "a", command: "2" },
        ],
      },
      ['stages[1].name: two stages are named "a"; the other is stage 1'],
    ],
    [
      { stages: [{ command: "1" }, { name: "stage-1", command: "2" }] },
      ['stages[1].name: two stages are named "stage-1"; the other is stage 1'],
    ],
    [
      { stages: [{ command: "a", every: "1s", within: "1m" }] },
      [
        "stages[0].every: every is of a check, and this stage has none",
        "stages[0].within: within is of a check, and this stage has none",
      ],
    ],
    [
      { stages: [{ check: "a", delivery: "once", unless: "b" }] },
      [
        "stages[0].delivery: a check has no delivery: it is asked as often as it takes",
        "stages[0].unless: a check has no unless: it is asked as often as it takes",
      ],
    ],
    [
      { stages: [{ check: "a", within: 0 }] },
      ['stages[0].within: must be a duration above 0, such as "15s"'],
    ],
    [
      { stages: [{ check: "a", stable: "5m" }] },
      ["stages[0].stable: stable must be shorter than within (5m): the check could never pass"],
    ],
    [{ stages: [{ check: "" }] }, ["stages[0].check: the check is empty"]],
    [{ check: "a", stages: [{ command: "b" }] }, ['check: unknown key "check"']],
    [{ stages: [{ command: " " }] }, ["stages[0].command: the command is empty"]],
    [{ stages: [{ command: "a", hosts: "db1" }] }, ['stages[0].hosts: unknown key "hosts"']],
    [{ stages: [{ command: "a", env: { RR_X: "1" } }] }, ["stages[0].env.RR_X: RR_X: variables that begin"]],
    [
      { secretEnv: { T: "t" }, stages: [{ command: "a", env: { T: "1" } }] },
      ['secretEnv.T: "T" is in env as well'],
    ],
    [
      { env: { T: "1" }, stages: [{ command: "a", secretEnv: { T: "t" } }] },
      ['stages[0].secretEnv.T: "T" is in env as well'],
    ],
    [{ stages: [{ command: "a", timeout: "soon" }] }, ["stages[0].timeout: "]],
  ])("%j is told", (job, messages) => {
    const told = shortly(problemsOf(withStages(job))).map((line) => line.replace("slots[0].jobs[0].", ""));
    expect(told).toEqual(messages.map((message) => expect.stringContaining(message) as string));
  });

  it("has no outputs that a later job could take", () => {
    const text = JSON.stringify({
      slots: [
        { jobs: [{ name: "a", hosts: "db1", stages: [{ command: "x" }] }] },
        { jobs: [{ hosts: "db1", command: "y", env: { A: { from: "a", name: "n" } } }] },
      ],
    });
    expect(shortly(problemsOf(text)).join()).toContain('job "a" has stages, and so no outputs');
  });
});
