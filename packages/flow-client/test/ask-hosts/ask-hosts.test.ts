import { describe, expect, it } from "vitest";
import { loadFlow, resolvePlan, type RunEvent, type RunPlan } from "@roadrunner/core";
import { Answers } from "../../src/ask-hosts/answers.ts";
import { askPlan } from "../../src/ask-hosts/ask-plan.ts";
import { answersText } from "../../src/ask-hosts/answers-text.ts";

function planOf(flow: object): RunPlan {
  const loaded = loadFlow(JSON.stringify(flow), { file: "f.json" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const scripts = new Map([["x.sh", "#!/bin/sh\nexit 9\n"]]);
  const resolved = resolvePlan({ flow: loaded.value, scripts, random: () => 0 });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  return resolved.value.plan;
}

const PLAN = planOf({
  slots: [
    { jobs: [{ name: "first", hosts: "h[1-4]", command: "DANGER", unless: "test -e /x", timeout: "7s" }] },
    {
      confirm: "sure?",
      jobs: [
        {
          ...{ name: "second", hosts: "h[1-2]", script: "x.sh", unless: "test -e /y", cwd: "/srv" },
          ...{ become: true, env: { A: "b" }, onlyIfOk: "first", reboot: true, deadline: "1s" },
        },
      ],
    },
  ],
  finally: [{ jobs: [{ name: "last", hosts: "h[1-3]", command: "DANGER" }] }],
});

describe("the plan that asks", () => {
  it("holds each unless, as it would be asked, and no command of the flow at all", () => {
    const asking = askPlan(PLAN);
    const text = JSON.stringify(asking);
    expect(text).not.toContain("DANGER");
    expect(text).not.toContain("exit 9");
    const [first, second, ...more] = asking.slots.flatMap(({ jobs }) => jobs);
    expect(more).toEqual([]);
    const nothing = { command: ":", delivery: "repeatable", onDisconnect: "attached" };
    expect(first?.work).toMatchObject({ ...nothing, unless: "test -e /x", timeoutMs: 7000 });
    expect(second?.work).toMatchObject({ ...nothing, unless: "test -e /y", cwd: "/srv", become: true });
    expect(second?.hosts.map(({ env }) => env)).toEqual([{ A: "b" }, { A: "b" }]);
    expect([second?.work?.script, second?.work?.reboot, second?.deadlineMs]).toEqual(
      Array.from({ length: 3 }, () => undefined),
    );
    expect([second?.onlyIfOk, asking.slots[0]?.confirm]).toEqual([[], undefined]);
  });

  it("is empty where nothing is to be asked", () => {
    expect(askPlan(planOf({ slots: [{ jobs: [{ hosts: "h1", command: "true" }] }] })).slots).toEqual([]);
  });
});

describe("a job with stages", () => {
  const stages = [
    {
      name: "drain",
      command: "DANGER",
      unless: "test -e /drained",
      user: "lb",
      env: { A: "2" },
      timeout: "9s",
    },
    { name: "install", command: "DANGER", unless: "test -e /never-asked" },
  ];
  const jobs = [
    { name: "own", hosts: "h1", unless: "test -e /own", timeout: "3s", stages },
    { name: "first", hosts: "ops@h[1-2]", env: { A: "1", B: "1" }, stages },
    { name: "later", hosts: "h1", stages: [{ check: "true" }, ...stages] },
    { name: "there", hosts: "h1", stages: [{ command: "DANGER", unless: "test -e /x", at: "lb1" }] },
  ];
  const plan = planOf({ slots: [{ jobs }] });

  it("is asked its own unless, else that of its first stage, as that would be", () => {
    const [own, first, ...more] = askPlan(plan).slots.flatMap((slot) => slot.jobs);
    expect(more).toEqual([]);
    expect(JSON.stringify([own, first])).not.toMatch(/DANGER|never-asked|stages/);
    expect(own).toMatchObject({
      name: "own",
      work: { unless: "test -e /own", command: ":", timeoutMs: 3000 },
    });
    expect(first).toMatchObject({ work: { unless: "test -e /drained", timeoutMs: 9000 } });
    expect(first?.hosts).toMatchObject([
      { name: "h1", user: "lb", env: { A: "2", B: "1" } },
      { name: "h2", user: "lb" },
    ]);
    expect(answersText("f", new Answers().of(plan)).filter((line) => !line.startsWith("  "))).toEqual([
      "flow f: 3 jobs of 4 asked",
      "",
      "own, unless test -e /own",
      "",
      "first, its first stage drain, unless test -e /drained",
      "",
      "later: no unless, would run on all 1 host: h1",
      "",
      "there, its first stage stage-1, unless test -e /x",
      "",
      "All are asked as they are now: what an earlier job changes is not seen by a later one.",
    ]);
  });
});

it("a job that takes outputs of an earlier one is not asked without them", () => {
  const plan = planOf({
    slots: [
      { jobs: [{ name: "elect", hosts: "h1", command: "true", outputs: true }] },
      {
        jobs: [
          {
            ...{ name: "join", hosts: "h[1-2]", command: "true", unless: "false" },
            env: { LEADER: { from: "elect", name: "leader" } },
          },
        ],
      },
    ],
  });
  expect(askPlan(plan).slots).toEqual([]);
  expect(new Answers().of(plan)[1]?.unasked).toEqual([
    {
      hosts: ["h1", "h2"],
      reason: "not asked: it takes outputs of an earlier job, which are known only when that has run",
    },
  ]);
});

describe("what the hosts said", () => {
  const ended = (job: string, host: string, end: object): RunEvent =>
    ({
      ...{ type: "task.ended", time: "2026-01-01T00:00:00.000Z", run: "r", slot: 1, attempt: 1, final: true },
      ...{ job, host, ...end },
    }) as RunEvent;

  it("is told by job: who would change, who not, who could not be asked by reason", () => {
    const answers = new Answers();
    answers.add([
      ended("first", "h1", { outcome: "ok", changed: false }),
      ended("first", "h2", { outcome: "ok", exitCode: 0, changed: true }),
      ended("second", "h2", { outcome: "failed", exitCode: 1, changed: true, reason: "exit code 1" }),
      ended("first", "h3", { outcome: "unreachable", reason: "h3: refused" }),
      ended("first", "h4", { outcome: "unreachable", reason: "h4: refused" }),
      ended("second", "h1", {
        outcome: "failed",
        reason: "unless: exit code 127",
        stderr: "sh: no x\n",
      }),
    ]);
    expect(answersText("f", answers.of(PLAN))).toEqual([
      "flow f: 2 jobs of 3 asked",
      "",
      "first, unless test -e /x",
      "  would run on 1 host: h2",
      "  not needed on 1 host: h1",
      "  no answer of 2 hosts: h[3-4]: unreachable: refused",
      "",
      "second, unless test -e /y",
      "  would run on 1 host: h2",
      "  not needed on 0 hosts",
      "  no answer of 1 host: h1: failed: exit code 127 (sh: no x)",
      "",
      "last: no unless, would run on all 3 hosts: h[1-3]",
      "",
      "All are asked as they are now: what an earlier job changes is not seen by a later one.",
    ]);
  });
});
