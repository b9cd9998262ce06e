import { describe, expect, it } from "vitest";
import { jobOf, planOf, planProblems, problemsOf, shortly, type Written } from "../reading.ts";

const inventory = {
  hosts: {
    "fe[1-2]": { labels: { lb: "lb1" }, pool: "web" },
    fe3: { labels: { lb: "lb2" } },
    fe4: { labels: { lb: "no host" } },
    lb1: { address: "10.0.0.1", pool: "dmz", user: "ops", port: 2222, env: { KIND: "lb" } },
  },
};
const flow = (stages: readonly Written[], job: Written = {}, more: Written = {}): string =>
  JSON.stringify({ ...more, slots: [{ jobs: [{ name: "upgrade", hosts: "fe[1-3]", ...job, stages }] }] });
const planned = (...[stages, job, more]: Parameters<typeof flow>) =>
  jobOf(planOf(flow(stages, job, more), { inventory }));
const wrong = (stages: readonly Written[], job: Written = {}) =>
  planProblems(flow(stages, job), { inventory }).map((text) =>
    text.replace(/^\S+ slots\[0\]\.jobs\[0\]\./, ""),
  );

describe("a stage at another host", () => {
  it("is reached by what is known of that host, and has nothing that the job says of its own hosts", () => {
    const own = { user: "deploy", become: true, cwd: "/srv", secretEnv: { T: "token" }, pool: "web" };
    const job = { ...own, env: { A: "1" }, timeout: "1m" };
    const [drain, install] =
      planned([{ at: "lb1", command: "drain" }, { command: "install" }], job).stages ?? [];
    expect(drain).toEqual(expect.not.objectContaining({ user: expect.anything() as unknown }));
    expect(drain?.at).toEqual({
      hosts: [
        {
          ...{ name: "lb1", address: "10.0.0.1", port: 2222, user: "ops", pool: "dmz" },
          env: { KIND: "lb", A: "1" },
        },
      ],
      atOnce: 1,
    });
    for (const field of ["become", "cwd", "secretEnv"]) {
      expect(drain?.work).not.toHaveProperty(field);
      expect(install?.work).toHaveProperty(field);
    }
    expect(drain?.work.timeoutMs).toBe(60_000);
  });

  it("may say its own login and pool, and its flow's defaults where the inventory says none", () => {
    const stages = [
      { at: "root@lb1", command: "a", pool: "mine", become: "www", user: "other", atOnce: 3 },
      { at: "mon1", command: "a" },
    ];
    const defaults = { pool: "everywhere", user: "deploy", become: true };
    const [first, second] = planned(stages, {}, { defaults }).stages ?? [];
    expect(first?.at).toMatchObject({ hosts: [{ user: "root", pool: "mine" }], atOnce: 3 });
    expect(first?.work.become).toBe("www");
    expect(second?.at?.hosts).toEqual([{ name: "mon1", pool: "everywhere" }]);
    expect(second?.work).not.toHaveProperty("become");
  });

  it("is one after the other where it is at several, and by each host's label where that says it", () => {
    const several = planned([
      { name: "drain", at: ["lb[1-2]", "lb2", "lb3"], command: "a" },
      { command: "b" },
    ]);
    expect(several.stages?.map(({ name, at }) => [name, at?.hosts[0]?.name])).toEqual([
      ...["lb1", "lb2", "lb3"].map((lb) => ["drain", lb]),
      ["stage-2", undefined],
    ]);
    const labelled = planned([{ at: { label: "lb" }, check: "a" }]);
    expect(labelled.hosts.map(({ labels }) => labels)).toEqual([{ lb: "lb1" }, { lb: "lb1" }, { lb: "lb2" }]);
    expect(labelled.stages).toMatchObject([
      { at: { label: "lb", hosts: [{ name: "lb1" }, { name: "lb2" }] } },
    ]);
  });

  it("takes a pool without at as well", () => {
    expect(planned([{ command: "a", pool: "other" }]).stages).toMatchObject([{ pool: "other" }]);
  });

  it("takes a parameter", () => {
    const params = { lb: { type: "hosts", default: "lb[1-2]" } };
    expect(planned([{ at: { param: "lb" }, command: "a" }], {}, { params }).stages).toHaveLength(2);
  });

  it("is where it is whatever --limit takes, and a word says so where --exclude names it", () => {
    const text = flow([{ at: { label: "lb" }, command: "a" }]);
    const { notes, plan } = planOf(text, { inventory, limit: "fe[2-3]", exclude: ["lb1", "x1", "fe3"] });
    expect(plan.slots[0]?.jobs[0]?.stages?.[0]?.at?.hosts).toMatchObject([{ name: "lb1" }]);
    expect(notes.map(({ message }) => message)).toEqual([
      "--exclude names lb1, where stages run: they run there all the same, since it chooses whose way is gone",
      "--exclude names x1, which no job of the flow has",
    ]);
  });

  it("is told of where stages of a slot differ in how many may be there", () => {
    const stages = [
      { at: "lb[1-2]", command: "a", atOnce: 5 },
      { at: "lb1", command: "b" },
    ];
    expect(planOf(flow(stages), { inventory }).notes).toMatchObject([
      {
        kind: "atOnceDiffers",
        warning: true,
        message: "stages at lb1 differ in atOnce: the smallest counts for all, 1 at once",
      },
    ]);
    const jobs = [
      { name: "a", hosts: "fe1", stages: [{ at: "lb1", command: "a", atOnce: 3 }] },
      { name: "b", hosts: "fe2", stages: [{ at: "root@lb1:2325", command: "b" }] },
    ];
    const { notes } = planOf(JSON.stringify({ slots: [{ jobs }] }), { inventory });
    expect(notes.map(({ kind }) => kind)).toContain("atOnceDiffers");
  });

  it.each<readonly [string, Written, Written, readonly string[]]>([
    [
      "a host of the job",
      { at: "lb1,fe2" },
      {},
      ['stages[0].at: "fe2" is a host of this job, which goes this way itself'],
    ],
    ["no group", { at: "@lbs" }, {}, ["stages[0].at: there is no group @lbs"]],
    ["too many", { at: "lb[1-101]" }, {}, [/come to 101 stages for each host, .*; at most 100/.source]],
    [
      "a label that hosts lack",
      { at: { label: "lb" } },
      { hosts: "fe[1-2],fe[8-9]" },
      ['stages[0].at.label: 2 of the 4 hosts of job "upgrade" have no label "lb": fe[8-9]'],
    ],
    [
      "a label that names no host",
      { at: { label: "lb" } },
      { hosts: "fe4" },
      ['stages[0].at.label: label "lb" of fe4 is "no host", which is no name of a host'],
    ],
    [
      "a label that names a host of the job",
      { at: { label: "lb" } },
      { hosts: "fe1,lb1" },
      [
        'stages[0].at: "lb1" is a host of this job, which goes this way itself',
        'stages[0].at.label: 1 of the 2 hosts of job "upgrade" have no label "lb": lb1',
      ],
    ],
  ])("cannot be at %s", (_, stage, job, problems) => {
    const told = wrong([{ command: "a", ...stage }], job);
    expect(told).toEqual(problems.map((text) => expect.stringMatching(asPattern(text)) as string));
  });

  it.each<readonly [Written, string]>([
    [{ at: 5 }, 'stages[0].at: must be a host such as "lb1", a list of them, or { label: "lb" }, not 5'],
    [{ at: [] }, "stages[0].at: must be at least one host, not an empty list"],
    [{ at: { lable: "lb" } }, 'stages[0].at.lable: unknown key "lable"'],
    [{ at: { label: "1x" } }, "stages[0].at.label: must be the name of a label: 1 to 64 letters"],
    [{ at: "lb[1-" }, 'stages[0].at: this "[" is never closed'],
    [
      { atOnce: 2 },
      "stages[0].atOnce: atOnce says how many may be at the host that at names, and this stage has no at",
    ],
    [{ at: "lb1", atOnce: 0 }, "stages[0].atOnce: must be a whole number above 0, not 0"],
    [{ at: "lb1", atOnce: 1.5 }, "stages[0].atOnce: must be a whole number above 0, not 1.5"],
    [{ at: "lb1", atOnce: "50%" }, 'stages[0].atOnce: must be a whole number above 0, not "50%"'],
  ])("cannot be written as %j", (stage, problem) => {
    const told = shortly(problemsOf(flow([{ command: "a", ...stage }])));
    expect(
      told.some((text) => text.includes(problem)),
      told.join("\n"),
    ).toBe(true);
  });
});

function asPattern(text: string): RegExp {
  return text.startsWith("come to")
    ? new RegExp(text)
    : new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
}
