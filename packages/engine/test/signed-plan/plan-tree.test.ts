import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseGateQuestion,
  parseWorkload,
  type HostPlan,
  type JobPlan,
  type RunPlan,
  type TaskRef,
} from "@roadrunner/core";
import { questionPlanFault, taskPlanFault, type PlanBody, type PlanProof } from "@roadrunner/core/signing";
import { sitePlans } from "../../../core/test/rollout/site-plans.ts";
import { workloadSchema } from "../../../core/src/contract/workload.ts";
import { workFieldNames } from "../../../core/src/work/work.ts";
import { questionOf, workloadOfCheck } from "../../src/gates/asked-of.ts";
import { PlanTree } from "../../src/signed-plan/plan-tree.ts";
import { workloadOf } from "../../src/traffic/workload-of.ts";

/** Plans whose hosts and jobs have all that a plan can say of them. */
const hostFields = fc.record(
  {
    address: fc.constantFrom("10.0.0.1", "::1"),
    port: fc.constantFrom(22, 2222),
    user: fc.constantFrom("deploy", "root"),
    transport: fc.constantFrom("builtin" as const, "openssh" as const),
    env: fc.dictionary(fc.constantFrom("A", "B", "C", "__proto__"), fc.string({ maxLength: 3 }), {
      maxKeys: 3,
    }),
  },
  { requiredKeys: [] },
);
const more = fc.record({
  hosts: fc.array(hostFields, { minLength: 1, maxLength: 5 }),
  takes: fc.boolean(),
  at: fc.boolean(),
  secrets: fc.subarray(["TOKEN", "PASSWORD"]),
  check: fc.boolean(),
});
type More = typeof more extends fc.Arbitrary<infer M> ? M : never;

const fullPlans = fc.tuple(sitePlans, more).map(([plan, given]): RunPlan => {
  const job = (one: JobPlan): JobPlan => filled(one, given);
  const slot = (one: RunPlan["slots"][number]) => ({ ...one, jobs: one.jobs.map(job) });
  return {
    ...plan,
    slots: plan.slots.map(slot),
    finally: plan.finally.map(slot),
    ...(given.secrets.length === 0 ? {} : { secretParams: given.secrets }),
  };
});

function filled(job: JobPlan, { hosts, takes, at, check }: More): JobPlan {
  const own = job.hosts.map((host, index): HostPlan => ({ ...host, ...hosts[index % hosts.length] }));
  const [stage] = job.stages ?? [];
  const lb: HostPlan = { name: "lb1", address: "10.0.0.9" };
  const stages =
    job.stages === undefined || stage === undefined || !at || stage.asks === true
      ? job.stages
      : ([
          { ...stage, at: { hosts: [lb], atOnce: 1 }, env: { S: "1" } },
          ...job.stages.slice(1),
        ] as typeof job.stages);
  const gates = job.gates?.map((gate, index) =>
    check && index === 0 && own[0] !== undefined && job.work !== undefined
      ? {
          name: gate.name,
          everyMs: 1,
          failures: 1,
          timeoutMs: 5000,
          check: { host: own[0], env: { G: "1" }, work: job.work },
        }
      : gate,
  );
  return {
    ...job,
    hosts: own,
    ...(stages === undefined ? {} : { stages }),
    ...(gates === undefined ? {} : { gates }),
    ...(takes ? { envFrom: { TAKEN: { from: "build", name: "version" } } } : {}),
  };
}

const PAST = 2;
const tree = async (plan: RunPlan) => {
  const made = await PlanTree.of(plan, PAST);
  return { made, body: { root: made.root, leaves: made.leaves } as PlanBody };
};

/** All tasks of a plan. */
function tasksOf(plan: RunPlan): readonly { readonly ref: TaskRef; readonly job: JobPlan }[] {
  return (["slots", "finally"] as const).flatMap((phase) =>
    plan[phase].flatMap(({ jobs }, slot) =>
      jobs.flatMap((job, number) =>
        (job.stages === undefined ? [undefined] : [...job.stages.keys()]).flatMap((stage) =>
          job.hosts.map((_, host) => {
            const ref = { phase, slot, job: number, host, attempt: 1 };
            return { ref: stage === undefined ? ref : { ...ref, stage }, job };
          }),
        ),
      ),
    ),
  );
}

const EPOCH = { epoch: 3, notAfterMs: 1 };
function written(plan: RunPlan, { ref, job }: ReturnType<typeof tasksOf>[number], attempt = 1) {
  const secrets = Object.fromEntries((plan.secretParams ?? []).map((name) => [name, `value of ${name}`]));
  return workloadOf(
    plan,
    { ...ref, attempt },
    {
      run: "20261124-091612-abcdefgh",
      client: "c-1",
      nonce: "abcdefgh",
      live: true,
      lostTimeoutMs: 300_000,
      taken: job.envFrom === undefined ? {} : { TAKEN: "1.2" },
      again: {},
      order: "withdraw",
      stamp: EPOCH,
      ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
    },
  );
}

type Json = Record<string, unknown>;
/** What somebody might alter; undefined: it would be the same. */
const ALTERATIONS: Readonly<
  Record<string, (workload: Json & { task: Json; env?: Json }) => Json | undefined>
> = {
  command: (w) => ({ ...w, command: `${String(w["command"])}; id` }),
  "a script in its place": (w) => ({ ...w, command: undefined, script: { name: "x", text: "id" } }),
  unless: (w) => ({ ...w, unless: "false" }),
  host: (w) => ({ ...w, host: "other" }),
  address: (w) => ({ ...w, address: "10.9.9.9" }),
  port: (w) => ({ ...w, port: 2022 }),
  user: (w) => ({ ...w, user: "mallory" }),
  "no user": ({ user, ...w }) => (user === undefined ? undefined : w),
  become: (w) => ({ ...w, become: true }),
  transport: (w) => ({ ...w, transport: "local" }),
  cwd: (w) => ({ ...w, cwd: "/root" }),
  shell: (w) => ({ ...w, shell: "/bin/rbash" }),
  "a variable more": (w) => ({ ...w, env: { ...w.env, LD_PRELOAD: "/tmp/x.so" } }),
  "a variable less": (w) => {
    const [first] = Object.keys(w.env ?? {}).filter((name) => name !== "TAKEN");
    return first === undefined
      ? undefined
      : { ...w, env: Object.fromEntries(Object.entries(w.env ?? {}).filter(([name]) => name !== first)) };
  },
  "a variable's value": (w) => {
    const [first] = Object.keys(w.env ?? {}).filter((name) => name !== "TAKEN");
    return first === undefined
      ? undefined
      : {
          ...w,
          env: Object.fromEntries(
            Object.entries(w.env ?? {}).map(([name, value]) => [
              name,
              name === first ? `${String(value)}x` : value,
            ]),
          ),
        };
  },
  "no output of an earlier job": (w) =>
    w.env !== undefined && Object.hasOwn(w.env, "TAKEN") ? { ...w, env: {} } : undefined,
  secretEnv: (w) => ({ ...w, secretEnv: { T: "root-password" } }),
  "a secret parameter": (w) => ({ ...w, secretParams: { ...(w["secretParams"] as object), MORE: "x" } }),
  timeoutMs: (w) => ({ ...w, timeoutMs: 1 }),
  okCodes: (w) => ({ ...w, okCodes: [0, 1] }),
  delivery: (w) => ({ ...w, delivery: w["delivery"] === "once" ? "repeatable" : "once" }),
  onDisconnect: (w) => ({ ...w, onDisconnect: w["onDisconnect"] === "finish" ? "attached" : "finish" }),
  outputs: (w) => ({ ...w, outputs: true }),
  slot: (w) => ({ ...w, task: { ...w.task, slot: 99 } }),
  job: (w) => ({ ...w, task: { ...w.task, job: "other" } }),
  stage: (w) => ({ ...w, task: { ...w.task, stage: "other" } }),
  target: (w) => ({ ...w, task: { ...w.task, target: "other" } }),
  gate: (w) => ({ ...w, task: { ...w.task, gate: "other" } }),
};

/** What may be of any value: nothing else runs by it, nor anywhere else. Of the task its run is held against the plan's. */
const FREE = ["v", "lostTimeoutMs", "startWithinMs", "live"];
const FREE_OF_TASK = ["run", "attempt", "client", "submission", "again", "order", "epoch", "notAfterMs"];

describe("a signed plan", () => {
  test("says of each field of a workload whether it is signed", () => {
    const { shape } = workloadSchema;
    const work: readonly string[] = workFieldNames;
    const place = ["host", "address", "port", "user", "transport", "secretParams", "task"];
    expect(
      Object.keys(shape)
        .filter((name) => !work.includes(name))
        .toSorted(),
    ).toEqual([...place, ...FREE].toSorted());
    expect(Object.keys(shape.task.unwrap().shape).toSorted()).toEqual(
      ["slot", "job", "stage", "target", "gate", ...FREE_OF_TASK].toSorted(),
    );
  });

  test("has each task as it is sent, and no other", async () => {
    await fc.assert(
      fc.asyncProperty(fullPlans, fc.nat(), async (plan, pick) => {
        const { made, body } = await tree(plan);
        const tasks = tasksOf(plan);
        for (const task of tasks) {
          const text = JSON.stringify(written(plan, task));
          expect(parseWorkload(text)).toMatchObject({ ok: true });
          expect(taskPlanFault(text, made.proofOf(task.ref), body)).toBeUndefined();
        }
        const one = tasks[pick % Math.max(tasks.length, 1)];
        if (one === undefined) return;
        const proof = made.proofOf(one.ref);
        const workload = JSON.parse(JSON.stringify(written(plan, one))) as Parameters<
          (typeof ALTERATIONS)[string]
        >[0];
        for (const [what, alter] of Object.entries(ALTERATIONS)) {
          const altered = alter(workload);
          if (altered === undefined) continue;
          expect(taskPlanFault(JSON.stringify(altered), proof, body), what).toMatch(
            /^(it is not in the plan that the operator signed|TAKEN, an output of an earlier job, is not among)/,
          );
        }
      }),
      { numRuns: 25 },
    );
  });

  test("has as many attempts as the plan, from those on that there were", async () => {
    await fc.assert(
      fc.asyncProperty(fullPlans, async (plan) => {
        const { made, body } = await tree(plan);
        for (const task of tasksOf(plan)) {
          const { retries } =
            task.ref.stage === undefined ? task.job : (task.job.stages?.[task.ref.stage] ?? task.job);
          const proof = made.proofOf(task.ref);
          const fault = (attempt: number, by: PlanProof = proof) =>
            taskPlanFault(JSON.stringify(written(plan, task, attempt)), by, body);
          expect(fault(PAST + 1 + retries)).toBeUndefined();
          expect(fault(PAST + 2 + retries)).toBe(
            `attempt ${PAST + 2 + retries} is more than the ${PAST + 1 + retries} that the operator signed`,
          );
          expect(fault(PAST + 2 + retries, { ...proof, attempts: 99 })).toMatch(/not in the plan/);
        }
      }),
      { numRuns: 12 },
    );
  });

  test("has no task by the path of another one, nor without one", async () => {
    await fc.assert(
      fc.asyncProperty(fullPlans, async (plan) => {
        const { made, body } = await tree(plan);
        const tasks = tasksOf(plan);
        for (const [index, task] of tasks.entries()) {
          const text = JSON.stringify(written(plan, task));
          expect(taskPlanFault(text, undefined, body)).toMatch(/where it stands/);
          const other = tasks[(index + 1) % tasks.length];
          if (other === undefined || other === task) continue;
          const { index: place, path } = made.proofOf(other.ref);
          expect(taskPlanFault(text, { ...made.proofOf(task.ref), index: place, path }, body)).toMatch(
            /not in the plan/,
          );
        }
      }),
      { numRuns: 12 },
    );
  });

  test("lets no variable pass for an output of an earlier job", async () => {
    await fc.assert(
      fc.asyncProperty(fullPlans, async (plan) => {
        const { made, body } = await tree(plan);
        for (const task of tasksOf(plan)) {
          const workload = written(plan, task);
          const proof = made.proofOf(task.ref);
          const env = { ...workload.env, PATH: "/tmp/evil" };
          const taken = { ...proof.taken, PATH: { from: "build", name: "version" } };
          expect(taskPlanFault(JSON.stringify({ ...workload, env }), { ...proof, taken }, body)).toMatch(
            /not in the plan/,
          );
        }
      }),
      { numRuns: 12 },
    );
  });

  test("has what gates ask", async () => {
    await fc.assert(
      fc.asyncProperty(fullPlans, async (plan) => {
        const { made, body } = await tree(plan);
        for (const phase of ["slots", "finally"] as const)
          for (const [slot, { jobs }] of plan[phase].entries())
            for (const [number, job] of jobs.entries())
              for (const [index, gate] of (job.gates ?? []).entries()) {
                const proof = made.proofOf({ phase, slot, job: number, gate: index });
                const of = {
                  run: "r",
                  slot: slot + 1 + (phase === "finally" ? plan.slots.length : 0),
                  job: job.name,
                };
                const from = { ...of, client: "c", submission: "abcdefgh", ...EPOCH };
                if (gate.check === undefined) {
                  const question = questionOf(gate, { ...from, ask: 7 });
                  expect(parseGateQuestion(JSON.stringify(question)).ok).toBe(true);
                  expect(questionPlanFault(question, proof, body)).toBeUndefined();
                  const elsewhere = { ...question, http: { url: "http://169.254.169.254/" } };
                  expect(questionPlanFault(elsewhere, proof, body)).toMatch(/not in the plan/);
                } else {
                  const secrets = Object.fromEntries((plan.secretParams ?? []).map((name) => [name, "v"]));
                  const check = workloadOfCheck(gate, gate.check, { ...from, attempt: 7 }, secrets);
                  expect(taskPlanFault(JSON.stringify(check), proof, body)).toBeUndefined();
                  const other = { ...check, command: "id" };
                  expect(taskPlanFault(JSON.stringify(other), proof, body)).toMatch(/not in the plan/);
                }
              }
      }),
      { numRuns: 20 },
    );
  });

  test("runs a stage at another host where it says, and nowhere else", async () => {
    await fc.assert(
      fc.asyncProperty(fullPlans, async (plan) => {
        const { made, body } = await tree(plan);
        for (const task of tasksOf(plan)) {
          if (task.job.stages?.[task.ref.stage ?? -1]?.at === undefined) continue;
          const workload = written(plan, task);
          expect(workload).toMatchObject({ host: "lb1", address: "10.0.0.9" });
          const there = { ...workload, host: workload.task?.target ?? "" };
          expect(taskPlanFault(JSON.stringify(there), made.proofOf(task.ref), body)).toMatch(
            /not in the plan/,
          );
        }
      }),
      { numRuns: 12 },
    );
  });
});
