import { describe, expect, it } from "vitest";
import { planSummary, type JobPlan, type RunPlan } from "@roadrunner/core";
import { planSchema } from "../../../src/contract/plan-schema.ts";
import { load, oneJob, planOf, type Around, type Written } from "../reading.ts";

const UNDO = { command: "back" };
const undone = (undo: Written, job: Written = {}, flow: Written = {}): string =>
  oneJob({ name: "upgrade", hosts: "fe[1-4]", undo, ...job }, flow);
/** The jobs of the plan's first slot. */
const both = (text: string, around?: Around): readonly [JobPlan, JobPlan] => {
  const [first, second] = planOf(text, around).plan.slots[0]?.jobs ?? [];
  if (first === undefined || second === undefined) throw new Error("there are no two jobs");
  return [first, second];
};
const isTaken = (plan: RunPlan): boolean => planSchema.safeParse(JSON.parse(JSON.stringify(plan))).success;

describe("what undoes a job", () => {
  it("is a job of its own right behind it, on its hosts and in its places, without its rules", () => {
    const rules = {
      ...{
        success: "50%",
        parallelism: [1, "50%"],
        stepSuccess: "90%",
        wait: "1m",
        tolerate: { unknown: 0 },
      },
      ...{ failedHostsHoldPlaces: true, boundFailures: true, deadline: "1h", order: "reversed" },
      ...{ gates: [{ http: "http://a" }], bake: "1m", onGateFail: "hold", spread: { rack: 1 } },
    };
    const inventory = { hosts: { "fe[1-4]": { labels: { rack: "r1" }, pool: "web", env: { A: "1" } } } };
    const [job, undo] = both(undone(UNDO, rules), { inventory });
    expect(undo).toEqual({
      ...{ name: "upgrade.undo", undoes: "upgrade", hosts: job.hosts, parallelism: job.parallelism },
      ...{
        stepped: false,
        success: { kind: "share", hundredths: 0 },
        stepSuccess: { kind: "share", hundredths: 0 },
      },
      ...{ waitMs: 0, tolerate: {}, failedHostsHoldPlaces: false, boundFailures: false, onlyIfOk: [] },
      ...{ spread: job.spread, retries: 0, retryDelayMs: 5000, retryOn: ["unreachable"] },
      work: {
        ...{ command: "back", shell: "/bin/sh", connectTimeoutMs: 15_000, okCodes: [0] },
        ...{ delivery: "once", onDisconnect: "finish" },
      },
    });
    expect(undo.hosts.map(({ name }) => name)).toEqual(["fe4", "fe3", "fe2", "fe1"]);
    // Each once, since there may be 100,000.
    expect(undo.hosts).toBe(job.hosts);
  });

  it("has what it does not say from its job, as a stage has, and never what is of the job's command alone", () => {
    const shared = {
      ...{
        timeout: "1m",
        user: "deploy",
        become: true,
        env: { A: "1" },
        secretEnv: { T: "token" },
        cwd: "/srv",
      },
      ...{ shell: "/bin/bash", connectTimeout: "3s", freshLogin: true, retries: 2, retryDelay: "1s" },
      ...{ retryOn: ["failed"], delivery: "repeatable" },
    };
    const ofCommand = { unless: "test -e /x", okCodes: [0, 7], reboot: true, rebootTimeout: "1m" };
    const [job, undo] = both(undone(UNDO, { ...shared, ...ofCommand }));
    const { unless: _u, reboot: _r, ...others } = job.work ?? {};
    expect(undo.work).toEqual({ ...others, command: "back", okCodes: [0] });
    expect(undo).toMatchObject({ retries: 2, retryDelayMs: 1000, retryOn: ["failed"] });
    expect(undo.hosts[0]).toMatchObject({ user: "deploy", env: { A: "1" } });
  });

  it("may say all of that itself", () => {
    const own = {
      ...{
        timeout: "2m",
        user: "root",
        become: "www",
        env: { A: "2", B: "3" },
        secretEnv: { U: "u" },
        cwd: "/x",
      },
      ...{ shell: "/bin/zsh", connectTimeout: "9s", retries: 1, delivery: "repeatable", pool: "mine" },
      ...{ unless: "test -e /y", okCodes: [3], reboot: true, undoUnknown: true },
    };
    const taken = { env: { A: "1", C: { from: "elect", name: "leader" } }, timeout: "1m", user: "deploy" };
    const job = { name: "upgrade", hosts: "fe1", command: "go", ...taken, undo: { ...own, ...UNDO } };
    const elect = { jobs: [{ name: "elect", hosts: "fe1", command: "e" }] };
    const { plan } = planOf(JSON.stringify({ slots: [elect, { jobs: [job] }] }));
    const [first, undo] = plan.slots[1]?.jobs ?? [];
    expect(undo).toMatchObject({
      ...{ undoUnknown: true, retries: 1, envFrom: { C: { from: "elect", name: "leader" } } },
      hosts: [{ name: "fe1", user: "root", pool: "mine", env: { A: "2", B: "3" } }],
      work: {
        ...{ timeoutMs: 120_000, become: "www", secretEnv: { U: "u" }, cwd: "/x", shell: "/bin/zsh" },
        ...{ connectTimeoutMs: 9000, delivery: "repeatable", onDisconnect: "attached", unless: "test -e /y" },
        ...{ okCodes: [3], reboot: { timeoutMs: 600_000 } },
      },
    });
    expect(first?.hosts).toEqual([{ name: "fe1", user: "deploy", env: { A: "1" } }]);
  });

  it("goes through stages of its own, where the job has a command and where it has stages", () => {
    const stages = [
      { at: "lb1", command: "drain" },
      { name: "healthy", check: "curl x" },
      { at: { label: "lb" }, command: "undrain", env: { B: "2" } },
    ];
    const inventory = { hosts: { "fe[1-4]": { labels: { lb: "lb2" } } } };
    for (const job of [{}, { command: undefined, stages: [{ name: "healthy", command: "go" }] }]) {
      const undo = { stages, timeout: "2m", become: true, unless: "test -e /x" };
      const [, plan] = both(undone(undo, { ...job, timeout: "1m" }), { inventory });
      expect(plan).not.toHaveProperty("work");
      expect(plan.hosts[0]).toEqual({ name: "fe1", labels: { lb: "lb2" } });
      expect(plan.stages).toMatchObject([
        { name: "unless", asks: true, work: { unless: "test -e /x" } },
        { name: "stage-1", at: { hosts: [{ name: "lb1" }] }, work: { command: "drain", timeoutMs: 120_000 } },
        { name: "healthy", work: { command: "curl x", timeoutMs: 30_000, become: true } },
        { name: "stage-3", at: { label: "lb", hosts: [{ name: "lb2" }] }, env: { B: "2" } },
      ]);
    }
  });

  it("has its script read, also of its stages", () => {
    const scripts = new Map([["a.sh", "#!/bin/sh\n"]]);
    for (const undo of [{ script: "a.sh" }, { stages: [{ script: "a.sh" }] }]) {
      expect(load(undone(undo)).scripts).toEqual(["a.sh"]);
      const [, { work, stages }] = both(undone(undo), { scripts });
      expect((work ?? stages?.[0].work)?.script?.name).toBe("a.sh");
    }
  });

  it("may be of a job in finally, and is left out with its job, and where it is not wanted", () => {
    const last = { jobs: [{ name: "last", hosts: "fe9", command: "x", undo: UNDO }] };
    const text = undone(UNDO, {}, { finally: [last] });
    const names = (around?: Around) => {
      const { plan } = planOf(text, around);
      expect(isTaken(plan)).toBe(true);
      return [plan.slots, plan.finally].map((slots) => slots.map(({ jobs }) => jobs.map(({ name }) => name)));
    };
    expect(names()).toEqual([[["upgrade", "upgrade.undo"]], [["last", "last.undo"]]]);
    expect(names({ limit: "fe1" })).toEqual([[["upgrade", "upgrade.undo"]], []]);
    expect(names({ undo: false })).toEqual([[["upgrade"]], [["last"]]]);
  });

  it("has the hosts that a selection leaves its job", () => {
    const [job, undo] = both(undone({ ...UNDO, user: "root" }), { limit: "fe[2-4]", exclude: ["fe3"] });
    expect(undo.hosts).toEqual([
      { name: "fe2", user: "root" },
      { name: "fe4", user: "root" },
    ]);
    expect(job.hosts).toHaveLength(2);
  });

  it("counts for nothing in a plan's numbers and warnings: it runs where its job is over", () => {
    const many = { hosts: "fe[1-20]", success: "90%" };
    const next = {
      jobs: [{ name: "next", hosts: "fe[1-20]", command: "x", onlyIfOk: "upgrade", parallelism: 1 }],
    };
    const slot = (undo?: Written) => ({
      jobs: [
        { name: "upgrade", command: "x", parallelism: 5, ...many, ...(undo === undefined ? {} : { undo }) },
      ],
    });
    const told = (undo?: Written) => {
      const { plan, notes } = planOf(JSON.stringify({ slots: [slot(undo), next] }));
      return { mostDown: planSummary(plan).slots.map(({ mostDown }) => mostDown), notes };
    };
    expect(told(UNDO)).toEqual(told());
    const [, summary] = planSummary(planOf(undone(UNDO, { parallelism: [1, 3] })).plan).slots[0]?.jobs ?? [];
    expect(summary).toMatchObject({
      undoes: "upgrade",
      window: 3,
      steps: [],
      mostDown: { total: 3, failed: 0 },
    });
  });

  it("is warned of where it writes what has no effect, or what decides which programs run", () => {
    const undo = {
      script: "a.sh",
      shell: "/bin/bash",
      retryDelay: "1s",
      rebootTimeout: "1m",
      env: { PATH: "/x" },
    };
    const scripts = new Map([["a.sh", "#!/bin/sh\n"]]);
    expect(planOf(undone(undo), { scripts }).notes.map(({ message }) => message)).toEqual([
      'job "upgrade.undo": retryDelay has no effect, since retries is 0',
      'job "upgrade.undo": rebootTimeout has no effect, since reboot is false',
      'job "upgrade.undo": shell has no effect, since a script names its own interpreter',
      'job "upgrade.undo": env sets PATH, and so in which folders the command finds its programs',
    ]);
    expect(planOf(undone({ ...UNDO, retryDelay: "1s" }, { retries: 1 })).notes).toEqual([]);
    const told = planOf(undone(UNDO, { env: { PATH: "/x" } })).notes.map(({ message }) => message);
    expect(told).toEqual([expect.stringContaining('job "upgrade": env sets PATH')]);
  });
});
