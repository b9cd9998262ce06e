import { describe, expect, it } from "vitest";
import type { GatePlan, JobPlan, RunPlan } from "@roadrunner/core";
import { planSchema } from "../../../src/contract/plan-schema.ts";
import { oneJob, planOf, planProblems, problemsOf, shortly, type Written } from "../reading.ts";

const UNDO = { command: "back" };
const GATES: readonly GatePlan[] = [
  { name: "g", everyMs: 1000, failures: 1, timeoutMs: 1000, http: { url: "http://a", status: 200 } },
];
const undone = (undo: Written, job: Written = {}): string =>
  oneJob({ name: "upgrade", hosts: "fe[1-4]", undo, ...job });
const wrong = (undo: unknown, job: Written = {}) =>
  shortly(problemsOf(undone(undo as Written, job))).map((text) =>
    text.replace(/^\S+ slots\[0\]\.jobs\[0\]\.?/, ""),
  );
const isTaken = (plan: RunPlan): boolean => planSchema.safeParse(JSON.parse(JSON.stringify(plan))).success;

describe("an undo that is wrong", () => {
  it.each<[unknown, string]>([
    [{}, "undo: an undo needs a command, a script or stages"],
    [{ command: "a", script: "b" }, "undo.script: an undo has a command or a script, not both"],
    [
      { command: "a", stages: [{ command: "b" }] },
      "undo.command: an undo with stages has no command of its own; write it in a stage",
    ],
    [
      { okCodes: [1], stages: [{ command: "b" }] },
      "undo.okCodes: an undo with stages has no okCodes of its own",
    ],
    [{ stages: [{}] }, "undo.stages[0]: a stage needs a command, a script or a check"],
    [
      { stages: [{ command: "a", every: "1s" }] },
      "undo.stages[0].every: every is of a check, and this stage has none",
    ],
    [{ stages: [{ command: "a", atOnce: 2 }] }, "undo.stages[0].atOnce: atOnce says how many"],
    [
      {
        stages: [
          { name: "a", command: "a" },
          { name: "a", command: "b" },
        ],
      },
      'undo.stages[1].name: two stages are named "a"',
    ],
    [{ stages: [{ at: "lb[", command: "a" }] }, "undo.stages[0].at: "],
    [{ command: " " }, "undo.command: the command is empty"],
    [{ command: "a", unless: "" }, "undo.unless: unless is empty"],
    [{ command: "a", env: { IFS: "x" } }, "undo.env.IFS: IFS belongs to the shell"],
    [{ command: "a", env: { A: "x" }, secretEnv: { A: "t" } }, 'undo.secretEnv.A: "A" is in env as well'],
    [{ command: "a", timeout: "5" }, 'undo.timeout: "5" has no unit'],
    [{ command: "a", hosts: "fe1" }, 'undo.hosts: unknown key "hosts"'],
    [{ command: "a", success: "1%" }, 'undo.success: unknown key "success"'],
    [{ command: "a", undoUnknown: 1 }, "undo.undoUnknown: must be true or false, not 1"],
    ["back", 'undo: must be a command, a script or stages in { }, not "back"'],
  ])("%j: %s", (undo, message) => {
    expect(wrong(undo)).toEqual([expect.stringContaining(message)]);
  });

  it.each<[string, Written, Written, readonly string[]]>([
    [
      ...(["the name of a job before it", { name: "a.undo" }, { name: "a", undo: UNDO }] as const),
      [
        'slots[0].jobs[1].undo: "a.undo" names what undoes job "a" and another job as well; the other is in slot 1',
      ],
    ],
    [
      ...(["the name of a job behind it", { name: "a", undo: UNDO }, { name: "a.undo" }] as const),
      [
        'slots[0].jobs[1].name: "a.undo" names what undoes job "a" and another job as well; the other is in slot 1',
      ],
    ],
    [
      ...(["the default name of a job", { undo: UNDO }, { name: "job-1-1.undo" }] as const),
      ['slots[0].jobs[1].name: "job-1-1.undo" names what undoes job "job-1-1"'],
    ],
    [
      ...(["two jobs of one name", { name: "a", undo: UNDO }, { name: "a", undo: UNDO }] as const),
      ['slots[0].jobs[1].name: two jobs are named "a"; the other is in slot 1'],
    ],
    [
      ...([
        "a name that is too long",
        { name: "a".repeat(60), undo: UNDO },
        { name: "b".repeat(59), undo: UNDO },
      ] as const),
      ["slots[0].jobs[0].name: the name of a job with undo can have 59 characters, and job"],
    ],
  ])("%s", (_, first, second, messages) => {
    const jobs = [first, second].map((job) => ({ hosts: "fe1", command: "x", ...job }));
    const told = shortly(problemsOf(JSON.stringify({ slots: [{ jobs }] })));
    expect(told).toEqual(messages.map((message) => expect.stringContaining(message) as unknown));
  });

  it("is told with what only its plan shows", () => {
    const at = { stages: [{ at: "fe1", command: "x" }] };
    expect(planProblems(undone(at))).toEqual([
      expect.stringContaining('undo.stages[0].at: "fe1" is a host of this job'),
    ]);
    expect(planProblems(undone({ script: "none.sh" }))).toEqual([
      expect.stringContaining("undo.script: the script was not read"),
    ]);
    const env = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`V${index}`, "x".repeat(120_000)]),
    );
    expect(planProblems(undone({ ...UNDO, env }))).toEqual([
      expect.stringMatching(/jobs\[0\]\.undo: command or script and variables for fe1 have \d+ bytes/),
    ]);
  });
});

describe("a journal's plan", () => {
  const { plan } = planOf(undone(UNDO));
  const [slot] = plan.slots;
  const [job, undo] = slot?.jobs ?? [];
  if (job === undefined || undo === undefined) throw new Error("there are no two jobs");
  it.each<[string, readonly JobPlan[], boolean]>([
    ["right behind it", [job, undo], true],
    ["before it", [undo, job], false],
    ["behind another", [job, { ...job, name: "b" }, undo], false],
    ["twice", [job, undo, { ...undo, name: "c" }], false],
    ["without it", [undo], false],
    ["of another job", [job, { ...undo, undoes: "c" }], false],
    ["on other hosts", [job, { ...undo, hosts: [{ name: "x" }] }], false],
    ["in another order", [job, { ...undo, hosts: undo.hosts.toReversed() }], false],
    ["with gates", [job, { ...undo, gates: GATES }], false],
  ])("has what undoes a job %s: %#", (_name, jobs, expected) => {
    expect(isTaken({ ...plan, slots: [{ failFast: false, jobs }] })).toBe(expected);
  });
  it("may have gates where it is undone", () => {
    expect(isTaken({ ...plan, slots: [{ failFast: false, jobs: [{ ...job, gates: GATES }, undo] }] })).toBe(
      true,
    );
  });

  it("says of nothing but what undoes a job whether it runs where nobody knows", () => {
    expect(isTaken({ ...plan, slots: [{ failFast: false, jobs: [{ ...job, undoUnknown: true }] }] })).toBe(
      false,
    );
  });
});
