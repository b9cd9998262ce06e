import { describe, expect, test } from "vitest";
import { job, jobOf, oneJob, planOf, planProblems } from "./reading.ts";

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
              failedHostsHoldPlaces: false,
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
      failedHostsHoldPlaces: true,
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
      failedHostsHoldPlaces: true,
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
    expect(planned.work?.timeoutMs).toBeUndefined();
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
