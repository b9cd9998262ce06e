import { describe, expect, test } from "vitest";
import { jobOf, names, oneJob, planOf, planProblems } from "./reading.ts";

const flow = (slots: readonly (readonly object[])[], more: object = {}): string =>
  JSON.stringify({ ...more, slots: slots.map((jobs) => ({ jobs })) });

const job = (fields: object): object => ({ hosts: "db[1-4]", command: "true", ...fields });

describe("a plan", () => {
  test("has every default", () => {
    expect(planOf(oneJob({ hosts: "db1" })).plan).toEqual({
      name: "flow",
      slots: [
        {
          failFast: false,
          jobs: [
            {
              name: "job-1-1",
              hosts: [{ name: "db1" }],
              success: { kind: "share", hundredths: 10_000 },
              parallelism: [{ kind: "share", hundredths: 10_000 }],
              stepped: false,
              stepSuccess: { kind: "share", hundredths: 10_000 },
              waitMs: 0,
              tolerate: {},
              failedHostsHoldSlots: false,
              boundFailures: false,
              onlyIfOk: [],
              retries: 0,
              retryDelayMs: 5000,
              retryOn: ["unreachable"],
              work: {
                command: "true",
                shell: "/bin/sh",
                connectTimeoutMs: 15_000,
                okCodes: [0],
                delivery: expect.stringMatching(/^(once|repeatable)$/),
                onDisconnect: expect.stringMatching(/^(finish|attached)$/),
              },
            },
          ],
        },
      ],
      finally: [],
    });
  });

  test("has everything that is written", () => {
    const written = {
      name: "all",
      hosts: ["deploy@db2:2222", "db1"],
      command: "run",
      success: 1,
      parallelism: [1, "50%"],
      stepSuccess: "33.33%",
      wait: "1m",
      tolerate: { unreachable: "5%", timedOut: 0 },
      failedHostsHoldSlots: true,
      boundFailures: true,
      user: "ops",
      env: { A: "1" },
      cwd: "/srv",
      shell: "/bin/bash",
      timeout: "90s",
      deadline: "1h",
      connectTimeout: "3s",
      okCodes: [0, 2],
      retries: 2,
      retryDelay: "250ms",
      retryOn: ["timedOut", "unknown"],
      pool: "eu",
    };
    expect(jobOf(planOf(oneJob(written, { name: "x", description: "y" })))).toMatchObject({
      name: "all",
      hosts: [
        { name: "db2", user: "deploy", port: 2222, pool: "eu", env: { A: "1" } },
        { name: "db1", user: "ops", pool: "eu", env: { A: "1" } },
      ],
      success: { kind: "count", count: 1 },
      parallelism: [
        { kind: "count", count: 1 },
        { kind: "share", hundredths: 5000 },
      ],
      stepped: true,
      stepSuccess: { kind: "share", hundredths: 3333 },
      waitMs: 60_000,
      tolerate: { unreachable: { kind: "share", hundredths: 500 }, timedOut: { kind: "count", count: 0 } },
      failedHostsHoldSlots: true,
      boundFailures: true,
      retries: 2,
      retryDelayMs: 250,
      retryOn: ["timedOut", "unknown"],
      deadlineMs: 3_600_000,
      work: {
        command: "run",
        cwd: "/srv",
        shell: "/bin/bash",
        timeoutMs: 90_000,
        connectTimeoutMs: 3000,
        okCodes: [0, 2],
      },
    });
  });

  test("is plain JSON", () => {
    const { plan } = planOf(oneJob({ env: { A: "1" } }), { inventory: { hosts: { db1: { pool: "a" } } } });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test.each([
    [{ success: "80%" }, 8000],
    [{ success: 2 }, 10_000],
    [{ success: "80%", stepSuccess: "50%" }, 5000],
  ])("stepSuccess of %j", (fields, hundredths) => {
    expect(jobOf(planOf(oneJob(fields))).stepSuccess).toEqual({ kind: "share", hundredths });
  });

  test("a list of one step is a list", () => {
    expect(jobOf(planOf(oneJob({ parallelism: ["50%"] }))).stepped).toBe(true);
    expect(jobOf(planOf(oneJob({ parallelism: "50%" }))).stepped).toBe(false);
  });

  test("a timeout or deadline of 0 is none, also against one in defaults", () => {
    const planned = jobOf(
      planOf(oneJob({ timeout: 0, deadline: "0s" }, { defaults: { timeout: "5s", deadline: "5s" } })),
    );
    expect(planned.deadlineMs).toBeUndefined();
    expect(planned.work.timeoutMs).toBeUndefined();
  });

  test("names nameless jobs by slot and number, those of finally apart", () => {
    const text = JSON.stringify({
      slots: [
        { jobs: [job({ hosts: "a" })] },
        { name: "two", failFast: true, jobs: [job({ hosts: "b" }), job({ hosts: "c" })] },
      ],
      finally: [{ jobs: [job({ hosts: "d" })] }],
    });
    const { plan } = planOf(text);
    expect(plan.slots.map((slot) => slot.jobs.map(({ name }) => name))).toEqual([
      ["job-1-1"],
      ["job-2-1", "job-2-2"],
    ]);
    expect(plan.slots[1]).toMatchObject({ name: "two", failFast: true });
    expect(plan.finally.map((slot) => slot.jobs.map(({ name }) => name))).toEqual([["finally-1-1"]]);
  });
});

describe("YAML", () => {
  test("gives the plan of its JSON twin", () => {
    const yaml = `
name: twin
defaults: { env: { A: x }, timeout: 5m, tolerate: { unreachable: 5% } }
groups:
  web: web[01-20]
  broken: "web[07,13]"
slots:
  - name: one
    failFast: true
    jobs:
      - hosts: "@web!@broken"
        command: |
          if test -e /x; then
            echo "a: b # c"
          fi
        parallelism: [1, 10%, 50%]
        wait: 30s
        success: 90%
      - { name: two, hosts: [db1, "db[3-5]"], command: 'echo ''x''', okCodes: [0, 3], retries: 2 }
finally:
  - jobs: [{ hosts: lb1, command: "true", env: { B: "010" } }]
`;
    const json = `{
      "name": "twin",
      "defaults": { "env": { "A": "x" }, "timeout": "5m", "tolerate": { "unreachable": "5%" } },
      "groups": { "web": "web[01-20]", "broken": "web[07,13]" },
      "slots": [{ "name": "one", "failFast": true, "jobs": [
        { "hosts": "@web!@broken", "command": "if test -e /x; then\\n  echo \\"a: b # c\\"\\nfi\\n",
          "parallelism": [1, "10%", "50%"], "wait": "30s", "success": "90%" },
        { "name": "two", "hosts": ["db1", "db[3-5]"], "command": "echo 'x'", "okCodes": [0, 3], "retries": 2 }
      ] }],
      "finally": [{ "jobs": [{ "hosts": "lb1", "command": "true", "env": { "B": "010" } }] }]
    }`;
    expect(planOf(yaml)).toEqual(planOf(json));
  });
});

describe("precedence", () => {
  const inventory = {
    hosts: {
      "db[1-4]": {
        user: "inventory",
        pool: "inventory",
        port: 2000,
        env: { A: "inventory", B: "inventory", C: "inventory" },
      },
      db1: { address: "10.0.0.1" },
    },
  };
  const defaults = {
    user: "defaults",
    pool: "defaults",
    env: { A: "defaults", B: "defaults", D: "defaults" },
  };

  test("user: expression, job, defaults, inventory", () => {
    const user = (fields: object, own: object): unknown =>
      jobOf(planOf(flow([[job({ hosts: "db1", ...fields })]], own), { inventory })).hosts[0]?.user;
    expect(user({ hosts: "me@db1", user: "job" }, { defaults })).toBe("me");
    expect(user({ user: "job" }, { defaults })).toBe("job");
    expect(user({}, { defaults })).toBe("defaults");
    expect(user({}, {})).toBe("inventory");
  });

  test("pool: job, inventory, defaults", () => {
    const pool = (fields: object, hosts = "db1"): unknown =>
      jobOf(planOf(flow([[job({ hosts, ...fields })]], { defaults }), { inventory })).hosts[0]?.pool;
    expect(pool({ pool: "job" })).toBe("job");
    expect(pool({})).toBe("inventory");
    expect(pool({}, "other")).toBe("defaults");
  });

  test("env: defaults, inventory, job, merged by name", () => {
    const planned = jobOf(planOf(flow([[job({ env: { A: "job" } })]], { defaults }), { inventory }));
    expect(planned.hosts[0]?.env).toEqual({ A: "job", B: "inventory", C: "inventory", D: "defaults" });
  });

  test("port: expression, inventory; address: inventory", () => {
    const planned = jobOf(planOf(flow([[job({ hosts: "db1,db2:22" })]]), { inventory }));
    expect(planned.hosts).toMatchObject([{ address: "10.0.0.1", port: 2000 }, { port: 22 }]);
    expect(planned.hosts[1]?.address).toBeUndefined();
  });

  test("every other field of a job replaces that of defaults", () => {
    const text = flow([[job({ tolerate: { timedOut: 1 }, okCodes: [3] })]], {
      defaults: { tolerate: { unreachable: 1 }, okCodes: [0, 1], retries: 4 },
    });
    const planned = jobOf(planOf(text));
    expect(planned.tolerate).toEqual({ timedOut: { kind: "count", count: 1 } });
    expect(planned.work.okCodes).toEqual([3]);
    expect(planned.retries).toBe(4);
  });
});

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
    const planned = jobOf(planOf(oneJob({ order: "reversed" }), { limit: "db[2-5],x1,db9", exclude: "db3" }));
    expect(names(planned)).toEqual(["db9", "db5", "db4", "db2"]);
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
    const { notes } = planOf(oneJob({}), { limit: "db1,bd[2-3]", exclude: "db4,zz" });
    expect(notes.map(({ message }) => message)).toEqual([
      "--limit names bd[2-3], which no job of the flow has",
      "--exclude names zz, which no job of the flow has",
    ]);
  });

  test.each([
    [{ limit: "web1" }, "1:1 : --limit web1 leaves no host of the flow's slots"],
    [{ exclude: "db[1-10]" }, "1:1 : --exclude db[1-10] leaves no host of the flow's slots"],
    [
      { limit: "db[1-2]", exclude: "db[1-2]" },
      "1:1 : --limit db[1-2] --exclude db[1-2] leaves no host of the flow's slots",
    ],
    [{ limit: "db[3-1]" }, "1:4 : the range 3-1 runs backwards"],
    [{ exclude: "db1,@nosuch" }, "1:5 : there is no group @nosuch"],
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

describe("an inventory", () => {
  test.each<[object, readonly string[]]>([
    [
      { hosts: { "db[1-3]": { port: 1 }, db2: { port: 2 } } },
      ["hosts.db2.port: port of db2 is 2 here and 1 in an entry above"],
    ],
    [
      { hosts: { "db[1-3]": { env: { A: "x" } }, db2: { env: { A: "y" } } } },
      ['hosts.db2.env.A: A of db2 is "y" here and "x" in an entry above'],
    ],
    [
      { hosts: { "me@db1": {} } },
      ['hosts["me@db1"]: an inventory names hosts by name alone ("db1" has a user or a port)'],
    ],
    [{ hosts: { "db1!db1": {} } }, ['hosts["db1!db1"]: no host is left of this expression']],
    [{ hosts: { "@nosuch": {} } }, ['hosts["@nosuch"]: there is no group @nosuch']],
    [{ groups: { a: "@nosuch" } }, ["groups.a: there is no group @nosuch"]],
  ])("%j", (inventory, problems) => {
    const found = planProblems(oneJob({}), { inventory: { ...inventory } });
    expect(found.map((text) => text.replace(/^\S+ /, ""))).toEqual(problems);
  });

  test("may say the same twice, and more of a host elsewhere", () => {
    const inventory = {
      hosts: { "db[1-3]": { port: 1, env: { A: "x" } }, db2: { port: 1, user: "u", env: { B: "y" } } },
    };
    expect(jobOf(planOf(oneJob({ hosts: "db2" }), { inventory })).hosts).toEqual([
      { name: "db2", port: 1, user: "u", env: { A: "x", B: "y" } },
    ]);
  });

  test("and a flow cannot both have a group", () => {
    const text = oneJob({}, { groups: { web: "w1" } });
    expect(planProblems(text, { inventory: { groups: { web: "w2" } } })).toEqual([
      '1:12 groups.web: group "web" is in the inventory inventory.yaml as well',
    ]);
  });

  test("its problems are told with those of the flow and of options", () => {
    const problems = planProblems(oneJob({ hosts: "db1!db1" }), {
      inventory: { hosts: { "@x": {} } },
      limit: "a b",
    });
    expect(problems).toEqual([
      expect.stringContaining("no host is left"),
      expect.stringContaining("there is no group @x"),
      expect.stringContaining("white space"),
    ]);
  });
});

test("the task must fit into a workload", () => {
  const env = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`V${index}`, "x".repeat(130_000)]));
  expect(planProblems(oneJob({ env }))).toEqual([
    expect.stringMatching(
      /slots\[0\]\.jobs\[0\]: command or script and variables for db1 have \d+ bytes; a task can have 1000000/,
    ),
  ]);
});

test("a flow without a name has its file's", () => {
  expect(planOf(oneJob({})).plan.name).toBe("flow");
  expect(planOf(oneJob({}, { name: "deploy" })).plan.name).toBe("deploy");
});
