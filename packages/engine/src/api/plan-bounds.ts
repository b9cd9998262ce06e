import { FAILURES, type Amount, type JobPlan, type RunPlan } from "@roadrunner/core";

/** Of a plan that is handed to a coordinator: with more of them it would do nothing else for long. */
export const PLAN_BOUNDS = {
  slots: 10_000,
  jobs: 10_000,
  /** Of all jobs, and where their stages run. */
  hosts: 500_000,
  /** Stages, gates, steps, and names in `onlyIfOk` and `secretParams`: of all jobs, together. */
  parts: 100_000,
  /** Hosts of a job times its `spread`, of all jobs. */
  spread: 5_000_000,
  /** Of one object: `labels`, `env`, `params` and the like. */
  entries: 10_000,
  /** Characters: events repeat names. */
  name: 1000,
  /** Texts, numbers, lists and objects. */
  values: 4_000_000,
} as const;

/** As a flow has them. */
const OF_A_JOB = { stages: 100, gates: 20, steps: 1000, retries: 100, failures: 100 } as const;
/** 20 days. */
const MOST_MS = 20 * 86_400_000;

/** Why JSON is more than a plan, or its secrets, may be, asked before a schema, which takes microseconds for each value. */
export function sizeFault(plan: unknown): string | undefined {
  const open: unknown[] = [plan];
  let values = 1;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    const inside = Object.values(value) as readonly unknown[];
    values += inside.length;
    if (values > PLAN_BOUNDS.values) return more("values", PLAN_BOUNDS.values);
    if (!Array.isArray(value)) {
      if (inside.length > PLAN_BOUNDS.entries) return more("entries in one object", PLAN_BOUNDS.entries);
      const { name } = value as { readonly name?: unknown };
      if (typeof name === "string" && name.length > PLAN_BOUNDS.name)
        return more("characters in one name", PLAN_BOUNDS.name);
    }
    for (const one of inside) if (typeof one === "object") open.push(one);
  }
  return undefined;
}

/** Why JSON has more slots, jobs or hosts than a plan may, asked before a schema as well; what is no plan has none. */
export function countFault(plan: unknown): string | undefined {
  const slots = [...listIn(plan, "slots"), ...listIn(plan, "finally")];
  const parts = listIn(plan, "secretParams").length;
  const count = { slots: slots.length, jobs: 0, hosts: 0, parts, spread: 0 };
  if (count.slots > PLAN_BOUNDS.slots) return more(KINDS.slots, PLAN_BOUNDS.slots);
  for (const slot of slots)
    for (const job of listIn(slot, "jobs")) {
      const [hosts, stages] = [listIn(job, "hosts").length, listIn(job, "stages")];
      const elsewhere = stages.reduce<number>(
        (sum, stage) => sum + listIn(fieldOf(stage, "at"), "hosts").length,
        0,
      );
      count.jobs += 1;
      count.hosts += hosts + elsewhere;
      count.parts += stages.length;
      for (const list of ["gates", "parallelism", "onlyIfOk"]) count.parts += listIn(job, list).length;
      count.spread += listIn(job, "spread").length * hosts;
    }
  for (const kind of ["jobs", "hosts", "parts", "spread"] as const)
    if (count[kind] > PLAN_BOUNDS[kind]) return more(KINDS[kind], PLAN_BOUNDS[kind]);
  return undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}

/** Why a plan is none that a flow makes. */
export function planFault(plan: RunPlan): string | undefined {
  if (plan.slots.length === 0) return "plan.slots: there is no slot, and a flow has at least one";
  for (const { jobs } of [...plan.slots, ...plan.finally])
    for (const job of jobs) {
      const fault = jobFault(job);
      if (fault !== undefined) return `plan: job ${JSON.stringify(job.name.slice(0, 100))}: ${fault}`;
    }
  return undefined;
}

const KINDS = {
  slots: "slots",
  jobs: "jobs",
  hosts: "hosts in all jobs",
  parts: "stages, gates, steps and names in onlyIfOk in all jobs",
  spread: "hosts, counted once for each of their job's spread",
} as const;

function more(what: string, most: number): string {
  return `it has more than ${most} ${what}, and no more are taken: part the flow, or its hosts`;
}

function jobFault(job: JobPlan): string | undefined {
  const { stages = [], gates = [], parallelism, success, spread = [] } = job;
  const own = [job, ...stages].flatMap(({ retries, retryDelayMs, retryOn }) => [
    atMost("retries", retries, OF_A_JOB.retries),
    atMost("retryDelayMs", retryDelayMs, MOST_MS),
    atMost("retryOn", retryOn.length, FAILURES.length),
  ]);
  const watched = gates.flatMap(({ everyMs, timeoutMs, failures }) => [
    atMost("everyMs", everyMs, MOST_MS),
    atMost("timeoutMs", timeoutMs, MOST_MS),
    atMost("failures", failures, OF_A_JOB.failures),
  ]);
  const faults = [
    atMost("stages", stages.length, OF_A_JOB.stages),
    atMost("gates", gates.length, OF_A_JOB.gates),
    atMost("parallelism", parallelism.length, OF_A_JOB.steps),
    atMost("waitMs", job.waitMs, MOST_MS),
    atMost("deadlineMs", job.deadlineMs ?? 0, MOST_MS),
    atMost("bakeMs", job.bakeMs ?? 0, MOST_MS),
    [success, ...parallelism, ...spread.map(({ most }) => most)].some(isNone)
      ? "an amount of success, parallelism or spread is 0, and it is at least 1"
      : undefined,
    ...own,
    ...watched,
  ];
  return faults.find((fault) => fault !== undefined);
}

function isNone(amount: Amount): boolean {
  return amount.kind === "count" && amount.count === 0;
}

function atMost(what: string, value: number, most: number): string | undefined {
  return value > most ? `${what} ${value}, and at most ${most} is taken` : undefined;
}
