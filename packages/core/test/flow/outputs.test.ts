import { describe, expect, test } from "vitest";
import { problemsOf, resolve } from "./reading.ts";

const elect = { name: "elect", hosts: "db[1-3]", command: "vote" };
const tell = (env: Record<string, unknown>, more: object = {}) => ({
  name: "tell",
  hosts: "web[1-2]",
  command: "true",
  ...more,
  env,
});
const LEADER = { from: "elect", name: "leader" };
const flowOf = (...slots: readonly (readonly object[])[]): string =>
  JSON.stringify({ slots: slots.map((jobs) => ({ jobs })) }, undefined, 1);
const faults = (text: string): readonly string[] =>
  problemsOf(text).map(
    ({ path, message, hint }) => `${path}: ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );
const ENV = "slots[1].jobs[0].env";

describe("a variable that is an output of another job", () => {
  test("has its place in the file where that job is none, or not before", () => {
    const [problem] = problemsOf(flowOf([elect], [tell({ LEADER: { from: "elekt", name: "leader" } })]));
    expect(problem).toMatchObject({
      path: `${ENV}.LEADER.from`,
      message: 'there is no job "elekt"',
      hint: "did you mean elect?",
    });
    expect([problem?.line, problem?.column]).toEqual([20, 16]);
    const beside = `slots[0].jobs[1].env.LEADER.from: job "elect" runs side by side with job "tell"; only jobs of earlier slots have an outcome by then`;
    expect(faults(flowOf([elect, tell({ LEADER })]))).toEqual([beside]);
    const self = flowOf([{ ...elect, env: { LEADER } }]);
    expect(faults(self)).toEqual(
      [
        'slots[0].jobs[0].env.LEADER.from: job "elect" cannot wait for itself; only jobs of earlier slots have an outcome by then',
      ].map((text) => text.replace("; only jobs of earlier slots have an outcome by then", "")),
    );
    expect(faults(flowOf([tell({ LEADER })], [elect]))[0]).toContain('job "elect" runs after job "tell"');
  });

  test.each<[unknown, readonly string[]]>([
    [
      { from: "elect" },
      ["LEADER.name: is missing: an output's name: letters, digits and _, not beginning with a digit"],
    ],
    [
      { from: "elect", name: "a b" },
      [`LEADER.name: must be an output's name: letters, digits and _, not beginning with a digit, not "a b"`],
    ],
    [{ from: "", name: "a" }, ['LEADER.from: must be a job\'s name, not ""']],
    [5, ["LEADER: must be a text, not 5"]],
  ])("%j is told by what is wrong in it", (value, expected) => {
    expect(faults(flowOf([elect], [tell({ LEADER: value })]))).toEqual(
      expected.map((text) => `${ENV}.${text}`),
    );
  });

  test("is no variable that says what is run, nor Roadrunner's or the shell's own", () => {
    const names = ["PATH", "LD_PRELOAD", "BASH_ENV", "PYTHONPATH"];
    const env = Object.fromEntries(names.map((name) => [name, LEADER]));
    expect(faults(flowOf([elect], [tell(env)]))).toEqual(
      names.map(
        (name) =>
          `${ENV}.${name}: ${name} says what is run: its value must not come from a host (take it as another variable, and let the command use that)`,
      ),
    );
    expect(faults(flowOf([elect], [tell({ RR_X: LEADER, UID: LEADER })]))).toHaveLength(2);
    expect(faults(flowOf([elect], [tell({ PATH: "/opt/bin" })]))).toEqual([]);
  });

  test("is of no job that takes its hosts down, and stands in no defaults", () => {
    expect(faults(flowOf([{ ...elect, reboot: true }], [tell({ LEADER })]))).toEqual([
      `${ENV}.LEADER.from: job "elect" takes its hosts down, and so has no outputs`,
    ]);
    expect(faults(flowOf([{ ...elect, reboot: true, outputs: true }]))).toEqual([
      'slots[0].jobs[0].outputs: job "elect" has reboot as well: what takes its host down has no outputs',
    ]);
    const text = JSON.stringify({ defaults: { env: { LEADER } }, slots: [{ jobs: [elect] }] });
    expect(faults(text)[0]).toMatch(/^defaults\.env\.LEADER: must be a text, not an object/);
  });
});

describe("the plan", () => {
  const plan = (env: Record<string, unknown>, options: object = {}) => {
    const resolved = resolve(flowOf([elect], [tell({ ...env, PORT: "1" })]), options);
    if (!resolved.ok) throw new Error(resolved.error.map(({ message }) => message).join());
    return resolved.value.plan.slots.flatMap(({ jobs }) => jobs);
  };

  test("says whose outputs are taken, and that these are wanted", () => {
    const [first, second] = plan({ LEADER });
    expect(first?.work?.outputs).toBe(true);
    expect(second?.work).not.toHaveProperty("outputs");
    expect(second?.envFrom).toEqual({ LEADER });
    expect(second?.hosts[0]).toEqual({ name: "web1", env: { PORT: "1" } });
  });

  test("of a flow that takes none is as it was", () => {
    for (const job of plan({})) {
      expect(job).not.toHaveProperty("envFrom");
      expect(job.work).not.toHaveProperty("outputs");
    }
  });

  test("is none where a selection leaves out who has the output", () => {
    const resolved = resolve(flowOf([elect], [tell({ LEADER })]), { limit: "web1" });
    expect(resolved.ok ? [] : resolved.error).toMatchObject([
      {
        path: `${ENV}.LEADER.from`,
        message: '--limit web1 leaves no host of job "elect", of which job "tell" takes an output',
      },
    ]);
  });
});
