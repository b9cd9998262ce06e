import { describe, expect, test } from "vitest";
import { flow, job, jobOf, names, oneJob, planOf, planProblems } from "./reading.ts";

describe("hosts of a job", () => {
  test("stand in the order of first appearance, each once", () => {
    expect(names(jobOf(planOf(oneJob({ hosts: ["db[3-4]", "db[1-4]"] }))))).toEqual([
      "db3",
      "db4",
      "db1",
      "db2",
    ]);
  });

  test.each<[string, readonly string[]]>([
    ["declared", ["db10", "db2", "db01", "a1", "db1"]],
    ["reversed", ["db1", "a1", "db01", "db2", "db10"]],
    ["sorted", ["a1", "db1", "db01", "db2", "db10"]],
  ])("order %s", (order, expected) => {
    expect(names(jobOf(planOf(oneJob({ hosts: "db10,db2,db01,a1,db1", order }))))).toEqual(expected);
  });

  test("order random is drawn from the numbers given", () => {
    const drawn = (numbers: readonly number[]): readonly string[] => {
      const left = [...numbers];
      return names(
        jobOf(planOf(oneJob({ hosts: "a,b,c,d", order: "random" }), { random: () => left.shift() ?? 0 })),
      );
    };
    expect(drawn([0.999, 0.999, 0.999])).toEqual(["a", "b", "c", "d"]);
    expect(drawn([0, 0, 0])).toEqual(["b", "c", "d", "a"]);
  });

  test("groups of flow and inventory are used alike, also in each other", () => {
    const text = flow([[job({ hosts: "@mine" })]], { groups: { mine: "@theirs,x1" } });
    const around = {
      inventory: { groups: { theirs: "db[1-2]", more: "@mine" }, hosts: { "@more": { user: "u" } } },
    };
    expect(jobOf(planOf(text, around)).hosts).toEqual([
      { name: "db1", user: "u" },
      { name: "db2", user: "u" },
      { name: "x1", user: "u" },
    ]);
  });

  test("none are fine with allowEmpty", () => {
    const planned = jobOf(planOf(oneJob({ hosts: "db1!db1", allowEmpty: true, success: 3 })));
    expect(planned.hosts).toEqual([]);
    expect(planned.success).toEqual({ kind: "count", count: 0 });
  });

  test.each<[object, object, readonly string[]]>([
    [{ hosts: "db1!db1" }, {}, ["slots[0].jobs[0].hosts: no host is left of this expression"]],
    [{ hosts: ["db1", "@web"] }, {}, ["slots[0].jobs[0].hosts[1]: there is no group @web"]],
    [
      { hosts: ["db[1-3]", "root@db2"] },
      {},
      [
        'slots[0].jobs[0].hosts[1]: "db2" is here "root@db2" and above "db2": a job reaches a host in one way',
      ],
    ],
    [
      { hosts: ["db1:22", "db1:23"] },
      {},
      [
        'slots[0].jobs[0].hosts[1]: "db1" is here "db1:23" and above "db1:22": a job reaches a host in one way',
      ],
    ],
    [{ hosts: "n[1-1000001]" }, {}, [expect.stringMatching(/^slots\[0\]\.jobs\[0\]\.hosts: .*1,?000,?000/)]],
    [
      { success: 11 },
      {},
      ['slots[0].jobs[0].success: job "job-1-1" has 10 hosts, of which 11 cannot succeed'],
    ],
    [
      {},
      { defaults: { success: 11 } },
      ['defaults.success: job "job-1-1" has 10 hosts, of which 11 cannot succeed'],
    ],
    [{ hosts: "@a" }, { groups: { a: "@b", b: "@c" } }, ["groups.b: there is no group @c"]],
    [
      { hosts: "@a" },
      { groups: { a: "@b", b: "x1,@a", c: "@a" } },
      [
        "groups.a: the group contains itself: @a → @b → @a",
        "groups.b: the group contains itself: @b → @a → @b",
      ],
    ],
    [{}, { groups: { unused: "db1,@nosuch" } }, ["groups.unused: there is no group @nosuch"]],
  ])("%j in %j", (fields, more, problems) => {
    expect(planProblems(oneJob({ ...fields }, { ...more })).map((text) => text.replace(/^\S+ /, ""))).toEqual(
      problems,
    );
  });
});

describe("--limit and --exclude", () => {
  test("act before rounding: n is what is left, in the job's order", () => {
    const planned = jobOf(
      planOf(oneJob({ order: "reversed" }), { limit: "db[2-5],x1,db9", exclude: ["db3"] }),
    );
    expect(names(planned)).toEqual(["db9", "db5", "db4", "db2"]);
  });

  test("add up, each --exclude by itself", () => {
    const planned = jobOf(planOf(oneJob({}), { exclude: ["db[1-6]", "db[7-10]&db[9-10]", "db7"] }));
    expect(names(planned)).toEqual(["db8"]);
  });

  test("know groups", () => {
    const text = oneJob({}, { groups: { few: "db[1-2]" } });
    expect(names(jobOf(planOf(text, { limit: "@few" })))).toEqual(["db1", "db2"]);
  });

  test("leave out a job and a slot, and say so", () => {
    const text = flow([
      [job({ name: "a" }), job({ name: "b", hosts: "web1" })],
      [job({ name: "c", hosts: "web2" })],
    ]);
    const { plan, notes } = planOf(text, { limit: "db1" });
    expect(plan.slots.map((slot) => slot.jobs.map(({ name }) => name))).toEqual([["a"]]);
    expect(notes).toEqual([
      {
        kind: "jobLeftOut",
        warning: false,
        message: 'job "b" is left out: --limit db1 leaves none of its hosts',
        job: "b",
      },
      {
        kind: "jobLeftOut",
        warning: false,
        message: 'job "c" is left out: --limit db1 leaves none of its hosts',
        job: "c",
      },
      { kind: "slotLeftOut", warning: false, message: "slot 2 is left out: none of its jobs has hosts left" },
    ]);
  });

  test("leave out a job after the job that it asks about", () => {
    const text = flow([
      [job({ name: "a" })],
      [job({ name: "b", hosts: "db[1-4],web1", onlyIfOk: "a" }), job({ name: "c", hosts: "web1" })],
    ]);
    const { plan } = planOf(text, { limit: "web1" });
    expect(plan.slots.map((slot) => slot.jobs.map(({ name }) => name))).toEqual([["c"]]);
  });

  test("lower a number of hosts, with a warning", () => {
    const { plan, notes } = planOf(oneJob({ success: 5, parallelism: 7 }), { limit: "db[1-3]" });
    expect(plan.slots[0]?.jobs[0]?.success).toEqual({ kind: "count", count: 3 });
    expect(notes).toEqual([
      {
        kind: "successLowered",
        warning: true,
        message: 'job "job-1-1" has 3 hosts left: success is lowered from 5 to 3',
        job: "job-1-1",
      },
    ]);
  });

  test("warn of hosts that no job has", () => {
    const { notes } = planOf(oneJob({}), { limit: "db1,bd[2-3]", exclude: ["db4,zz"] });
    expect(notes.map(({ message }) => message)).toEqual([
      "--limit names bd[2-3], which no job of the flow has",
      "--exclude names zz, which no job of the flow has",
    ]);
  });

  test.each([
    [{ limit: "web1" }, "1:1 : --limit web1 leaves no host of the flow's slots"],
    [{ exclude: ["db[1-10]"] }, "1:1 : --exclude db[1-10] leaves no host of the flow's slots"],
    [
      { limit: "db[1-2]", exclude: ["db[1-2]"] },
      "1:1 : --limit db[1-2] --exclude db[1-2] leaves no host of the flow's slots",
    ],
    [{ limit: "db[3-1]" }, "1:4 : the range 3-1 runs backwards"],
    [{ exclude: ["db1,@nosuch"] }, "1:5 : there is no group @nosuch"],
    [{ limit: "db1!db1" }, "1:1 : no host is left of this expression"],
    [{ limit: "me@db1" }, "1:1 : --limit names hosts by name alone"],
  ])("%j", (options, problem) => {
    expect(planProblems(oneJob({}), options)).toEqual([problem]);
  });

  test("a flow of which only finally is left is empty", () => {
    const text = JSON.stringify({
      slots: [{ jobs: [job({})] }],
      finally: [{ jobs: [job({ hosts: "lb1" })] }],
    });
    expect(planProblems(text, { limit: "lb1" })).toEqual([
      "1:1 : --limit lb1 leaves no host of the flow's slots",
    ]);
  });
});

describe("onlyIfOk", () => {
  test("leaves hosts out that are not in the jobs asked about, and says so", () => {
    const text = flow([
      [job({ name: "a" }), job({ name: "b", hosts: "db[3-5]" })],
      [job({ name: "c", hosts: "db[1-9]", onlyIfOk: ["a", "b"] })],
    ]);
    const { plan, notes } = planOf(text);
    expect(plan.slots[1]?.jobs[0]?.hosts.map(({ name }) => name)).toEqual(["db3", "db4"]);
    expect(plan.slots[1]?.jobs[0]?.onlyIfOk).toEqual(["a", "b"]);
    expect(notes.filter(({ kind }) => kind === "hostsLeftOut")).toEqual([
      {
        kind: "hostsLeftOut",
        warning: false,
        message: 'job "c": 7 of its 9 hosts (db[1-2,5-9]) are not in a, b and do not take part',
        job: "c",
      },
    ]);
  });

  test("of a job without a common host is an error, unless allowEmpty", () => {
    const text = (fields: object): string =>
      flow([[job({ name: "a" })], [job({ name: "c", hosts: "web1", onlyIfOk: "a", ...fields })]]);
    expect(planProblems(text({}))).toEqual([
      expect.stringContaining('slots[1].jobs[0].onlyIfOk: no host of job "c" is in job "a"'),
    ]);
    expect(jobOf(planOf(text({ allowEmpty: true })), 1).hosts).toEqual([]);
  });
});
