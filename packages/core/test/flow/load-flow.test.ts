import { describe, expect, test } from "vitest";
import { load, oneJob, problemsOf, shortly } from "./reading.ts";

/** Problems of a flow with one job, without their positions. */
function ofJob(job: Record<string, unknown>, flow: Record<string, unknown> = {}): readonly string[] {
  return problemsOf(oneJob(job, flow)).map(({ path, message }) => `${path}: ${message}`);
}

const JOB = "slots[0].jobs[0]";

describe("one wrong field", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ success: "120%" }, 'success: "120%" is over 100%'],
    [{ success: 0 }, 'success: cannot be 0; for best effort write "0%"'],
    [{ success: 0.8 }, 'success: must be a whole number of hosts, not 0.8; a share is written "80%"'],
    [
      { success: null },
      'success: must be a share such as "80%" or "33.33%", or a whole number of hosts, not null',
    ],
    [
      { parallelism: [1, 0] },
      "parallelism[1]: cannot be 0: no host would ever start; at least 1 host at once is needed",
    ],
    [{ parallelism: ["101%"] }, 'parallelism[0]: "101%" is over 100%'],
    [
      { parallelism: ["0%"] },
      'parallelism[0]: "0%" would never start a host; at least 1 host at once is needed',
    ],
    [{ parallelism: [] }, "parallelism: must be at least one step, not an empty list"],
    [
      { parallelism: [[1]] },
      'parallelism[0]: must be a share such as "80%" or "33.33%", or a whole number of hosts, not a list',
    ],
    [
      { parallelism: {} },
      'parallelism: must be a share such as "80%", or a number of hosts, or a list of steps such as [1, "10%", "50%"], not an object',
    ],
    [{ stepSuccess: 3 }, `stepSuccess: must be a share of the step's hosts such as "90%", not the number 3`],
    [{ tolerate: { ok: 1 } }, 'tolerate.ok: unknown key "ok"'],
    [{ tolerate: { timedOut: "-1%" } }, 'tolerate.timedOut: cannot be negative ("-1%")'],
    [{ retries: -1 }, "retries: must be a whole number of further attempts, 0 to 100, not -1"],
    [{ retries: 1.5 }, "retries: must be a whole number of further attempts, 0 to 100, not 1.5"],
    [{ timeout: 90 }, 'timeout: 90 of what? write "90s" for seconds'],
    [{ timeout: "21d" }, 'timeout: "21d" is more than 20 days'],
    [{ connectTimeout: "0s" }, 'connectTimeout: must be a duration above 0, such as "15s", not "0s"'],
    [{ connectTimeout: 5 }, 'connectTimeout: 5 of what? write "5s" for seconds'],
    [{ rebootTimeout: "25d" }, 'rebootTimeout: "25d" is more than 20 days'],
    [{ connectTimeout: 0 }, 'connectTimeout: must be a duration above 0, such as "15s", not 0'],
    [{ okCodes: [] }, "okCodes: must be at least one exit code, not an empty list"],
    [{ okCodes: [256] }, "okCodes[0]: must be an exit code, 0 to 255, not 256"],
    [{ okCodes: 0 }, "okCodes: must be a list of exit codes such as [0, 2], not 0"],
    [{ order: "sortd" }, 'order: must be "declared", "sorted", "reversed" or "random", not "sortd"'],
    [
      { retryOn: ["ok"] },
      'retryOn[0]: must be "failed", "timedOut", "unreachable", "refused" or "unknown", not "ok"',
    ],
    [{ failedHostsHoldPlaces: "yes" }, 'failedHostsHoldPlaces: must be true or false, not "yes"'],
    [
      { name: "a b" },
      'name: must be 1 to 64 letters, digits, _ . or -, beginning with a letter or digit, not "a b"',
    ],
    [
      { user: "-oProxyCommand=x" },
      'user: must be a user name: letters, digits, _ . - @ \\, not beginning with -, not "-oProxyCommand=x"',
    ],
    [{ cwd: "~/x" }, 'cwd: must be an absolute path, beginning with "/", not "~/x"'],
    [{ shell: "bash" }, 'shell: must be the absolute path of a shell, not "bash"'],
    [{ pool: "a b" }, 'pool: must be 1 to 40 letters, digits, _ . or -, not "a b"'],
    [{ hosts: [] }, "hosts: must be at least one host expression, not an empty list"],
    [{ hosts: "" }, 'hosts: the host expression is empty; write one such as "db[1-10]"'],
    [{ hosts: ["db1", 5] }, 'hosts[1]: must be a host expression such as "db[1-10]", not 5'],
    [{ hosts: "db[3-1]" }, "hosts: the range 3-1 runs backwards"],
    [{ hosts: ["db1", "db[]"] }, "hosts[1]: a number is missing"],
    [{ command: 5 }, "command: must be a shell command line, not 5"],
    [{ command: "  \n" }, "command: the command is empty"],
    [{ command: "a\0b" }, "command: holds a NUL character, which no host can take"],
    [{ command: "a\ud800b" }, "command: holds half of a character (a lone UTF-16 surrogate)"],
    [{ command: "x".repeat(131_001) }, "command: has 131001 bytes; a command can have 131000"],
    [{ command: "é".repeat(65_501) }, "command: has 131002 bytes; a command can have 131000"],
    [
      { env: { "1A": "" } },
      'env["1A"]: "1A" is no name of an environment variable: letters, digits and _, not beginning with a digit',
    ],
    [{ env: { A: 5 } }, "env.A: must be a text, not 5"],
    [
      { env: { A: "x".repeat(131_000) } },
      "env.A: has 131002 bytes; a variable can have 131000, its name included",
    ],
    [{ env: { RR_RUN: "x" } }, "env.RR_RUN: RR_RUN: variables that begin with RR_ are Roadrunner's own"],
    [{ env: { rrx: "x" } }, "env.rrx: rrx is a name of Roadrunner's own"],
    [{ env: { UID: "0" } }, "env.UID: UID belongs to the shell: a value for it would not arrive"],
    [{ env: { IFS: "," } }, "env.IFS: IFS belongs to the shell: a value for it would not arrive"],
    [{ env: { A: "\0" } }, "env.A: holds a NUL character, which no host can take"],
    [{ onlyIfOk: "nobody" }, 'onlyIfOk: there is no job "nobody"'],
    [{ onlyIfOk: [] }, "onlyIfOk: must be at least one job's name, not an empty list"],
  ])("%j", (job, problem) => {
    expect(ofJob(job)).toEqual([`${JOB}.${problem}`]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ paralellism: 1 }, "did you mean parallelism?"],
    [{ Success: 1 }, "did you mean success?"],
    [{ tiemout: "1s" }, "did you mean timeout?"],
    [{ retrys: 1 }, "did you mean retries?"],
    [{ failFast: true }, "failFast belongs in a slot"],
    [{ slots: [] }, "slots belongs at the top of the flow"],
  ])("%j: %s", (job, hint) => {
    expect(problemsOf(oneJob(job))).toMatchObject([{ hint }]);
  });

  test("a key like no other is told what there is", () => {
    const [problem] = problemsOf('{"slots": [{"jobs": [{"hosts": "a", "command": "b"}], "xyz": 1}]}');
    expect(problem).toMatchObject({
      message: 'unknown key "xyz"',
      column: 55,
      hint: "known here: name, jobs, failFast, confirm",
    });
  });
});

describe("jobs and their fields together", () => {
  const flow = (...slots: readonly unknown[]): string => JSON.stringify({ slots });
  const job = (fields: object): object => ({ hosts: "db1", command: "true", ...fields });

  test("two jobs of one name, also by the name of a nameless job", () => {
    const text = flow(
      { jobs: [job({ name: "a" }), job({ name: "a" })] },
      { jobs: [job({ name: "job-1-2" })] },
    );
    expect(problemsOf(text)).toMatchObject([
      {
        path: "slots[0].jobs[1].name",
        message: 'two jobs are named "a"; the other is in slot 1',
        column: 103,
      },
    ]);
    const nameless = flow({ jobs: [job({}), job({})] }, { jobs: [job({ name: "job-1-2" })] });
    expect(problemsOf(nameless)).toMatchObject([
      { path: "slots[1].jobs[0].name", message: 'two jobs are named "job-1-2"; the other is in slot 1' },
    ]);
  });

  test.each<[object, string]>([
    [{ hosts: "db1" }, "a job needs a command, a script or stages"],
    [job({ script: "x.sh" }), "a job has a command or a script, not both"],
  ])("%j", (written, message) => {
    expect(problemsOf(flow({ jobs: [written] }))[0]).toMatchObject({ message });
  });

  test("a mistyped command or hosts is told once", () => {
    const text = flow({ jobs: [{ hots: "db1", comand: "true" }] });
    expect(problemsOf(text).map(({ hint }) => hint)).toEqual([
      "did you mean hosts?",
      "did you mean command?",
    ]);
  });

  test.each<[string, object, object, string]>([
    ["the same slot", { name: "a" }, { onlyIfOk: "a" }, 'job "a" runs side by side with job "job-1-2"'],
    ["itself", { name: "a", onlyIfOk: "a" }, {}, 'job "a" cannot wait for itself'],
  ])("onlyIfOk names a job of %s", (_, first, second, message) => {
    const [problem] = problemsOf(flow({ jobs: [job(first), job(second)] }));
    expect(problem?.message).toContain(message);
  });

  test("onlyIfOk names a later job, and one nearly right", () => {
    const text = flow(
      { jobs: [job({ name: "first", onlyIfOk: ["last"] })] },
      { jobs: [job({ name: "last", onlyIfOk: ["firstt"] })] },
    );
    expect(problemsOf(text)).toMatchObject([
      {
        path: "slots[0].jobs[0].onlyIfOk[0]",
        message: 'job "last" runs after job "first"; only jobs of earlier slots have an outcome by then',
      },
      {
        path: "slots[1].jobs[0].onlyIfOk[0]",
        message: 'there is no job "firstt"',
        hint: "did you mean first?",
      },
    ]);
  });

  test("finally may ask about jobs of slots, and slots not about finally", () => {
    const text = (slot: object, last: object): string =>
      JSON.stringify({
        slots: [{ jobs: [job({ name: "a", ...slot })] }],
        finally: [{ jobs: [job({ name: "z", ...last })] }],
      });
    expect(problemsOf(text({}, { onlyIfOk: "a" }))).toEqual([]);
    expect(problemsOf(text({ onlyIfOk: "z" }, {}))).toMatchObject([{ path: "slots[0].jobs[0].onlyIfOk" }]);
  });

  test("a field of defaults is checked like a job's, and told where it is written", () => {
    const text = JSON.stringify({
      defaults: { success: "x%", onlyIfOk: "b", env: { RR_A: "" }, hosts: "db1" },
      slots: [{ jobs: [job({ name: "a" })] }],
    });
    expect(problemsOf(text).map(({ path }) => path)).toEqual([
      "defaults.success",
      "defaults.onlyIfOk",
      "defaults.env.RR_A",
      "defaults.hosts",
    ]);
  });
});

describe("every problem at once", () => {
  test("syntax of expressions, schema and rules over several fields, in the order of the file", () => {
    const text = [
      "nmae: x",
      "groups: { web: 'web[1-' }",
      "slots:",
      "  - jobs:",
      "      - name: a",
      "        hosts: db[5-1]",
      "        command: true",
      "        success: 120%",
      "      - name: a",
      "        hosts: 7",
      "        onlyIfOk: zz",
      "        env: { RR_X: y, 1x: z, P: 80 }",
      "  - parallelism: 5",
      "    jobs: []",
    ].join("\n");
    expect(shortly(problemsOf(text))).toEqual([
      '1:1 nmae: unknown key "nmae"',
      '2:20 groups.web: this "[" is never closed',
      "6:19 slots[0].jobs[0].hosts: the range 5-1 runs backwards",
      "7:18 slots[0].jobs[0].command: must be a shell command line, not true",
      '8:18 slots[0].jobs[0].success: "120%" is over 100%',
      "9:9 slots[0].jobs[1]: a job needs a command, a script or stages",
      '9:15 slots[0].jobs[1].name: two jobs are named "a"; the other is in slot 1',
      '10:16 slots[0].jobs[1].hosts: must be a host expression such as "db[1-10]", or a list of them, not 7',
      '11:19 slots[0].jobs[1].onlyIfOk: there is no job "zz"',
      "12:16 slots[0].jobs[1].env.RR_X: RR_X: variables that begin with RR_ are Roadrunner's own",
      '12:25 slots[0].jobs[1].env["1x"]: "1x" is no name of an environment variable: letters, digits and _, not beginning with a digit',
      "12:35 slots[0].jobs[1].env.P: must be a text, not 80",
      '13:5 slots[1].parallelism: unknown key "parallelism"',
      "14:11 slots[1].jobs: must be at least one job, not an empty list",
    ]);
  });

  test("only the first hundred are told one by one", () => {
    const jobs = Array.from({ length: 150 }, () => ({ hosts: 5, command: "true" }));
    const problems = problemsOf(JSON.stringify({ slots: [{ jobs }] }));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.message).toBe("and 50 more problems from here on");
  });
});

describe("positions inside of texts", () => {
  test("a host expression's column counts from where its text begins", () => {
    const at = (text: string): string => shortly(problemsOf(text))[0]?.split(" ")[0] ?? "";
    expect(at('slots: [{jobs: [{command: a, hosts: "db1,db[5-1]"}]}]')).toBe("1:45");
    expect(at("slots:\n- jobs:\n  - command: a\n    hosts: db1,db[5-1]")).toBe("4:19");
    expect(at('{"slots": [{"jobs": [{"command": "a",\n"hosts": ["db1", "db[5-1]"]}]}]}')).toBe("2:22");
  });

  test("with escapes, where the text begins", () => {
    const text = '{"slots": [{"jobs": [{"command": "a",\n"hosts": "\\u0064b[5-1]"}]}]}';
    expect(problemsOf(text)).toMatchObject([{ line: 2, column: 10 }]);
  });

  test("of a missing field, the object that lacks it", () => {
    const text = 'slots:\n  - jobs:\n      - name: a\n        command: "true"';
    expect(shortly(problemsOf(text))).toEqual([
      '3:9 slots[0].jobs[0].hosts: is missing: a host expression such as "db[1-10]", or a list of them',
    ]);
  });
});

test("YAML values that are no texts get the advice to quote them", () => {
  const text = "slots: [{jobs: [{hosts: db1, command: true, env: {PORT: 8080, NONE: null}}]}]";
  expect(problemsOf(text).map(({ hint }) => hint)).toEqual([
    "without quotes YAML reads this as true, which is no text: put it in quotes",
    "without quotes YAML reads this as 8080, which is no text: put it in quotes",
    "without quotes YAML reads this as null, which is no text: put it in quotes",
  ]);
});

test("YAML values that would be wrong in quotes as well do not", () => {
  const text = 'slots: [{jobs: [{hosts: db1, command: "true", stepSuccess: 3, shell: 5}]}]';
  expect(problemsOf(text).map(({ message, hint }) => [message, hint])).toEqual([
    ['must be a share of the step\'s hosts such as "90%", not the number 3', undefined],
    ["must be the absolute path of a shell, not 5", undefined],
  ]);
});

test("a loaded flow makes problems for what is found out later", () => {
  const flow = load(oneJob({ name: "a" }));
  expect(flow.problemAt({ path: ["slots", 0, "jobs", 0, "name"] }, "is wrong", "do this")).toMatchObject({
    file: "flow.json",
    path: "slots[0].jobs[0].name",
    line: 1,
    column: 64,
    message: "is wrong",
    hint: "do this",
  });
});
