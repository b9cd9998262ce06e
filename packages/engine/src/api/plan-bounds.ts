import { FAILURES, MAX_DURATION_MS, type Amount, type JobPlan, type RunPlan } from "@roadrunner/core";

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

/** Items of a list, or the number itself, at most. */
type FieldBounds = Readonly<Record<string, number>>;

const RETRIES = { retries: 100, retryDelayMs: MAX_DURATION_MS, retryOn: FAILURES.length } as const;

/** Of the parts of a plan, by the names that their schemas have: as a flow has them, or what all jobs may have together. */
export const FIELD_BOUNDS = {
  RunPlan: { slots: PLAN_BOUNDS.slots, finally: PLAN_BOUNDS.slots, secretParams: PLAN_BOUNDS.parts },
  PlannedSlot: { jobs: PLAN_BOUNDS.jobs },
  PlannedJob: {
    hosts: PLAN_BOUNDS.hosts,
    stages: 100,
    gates: 20,
    parallelism: 1000,
    onlyIfOk: PLAN_BOUNDS.parts,
    spread: PLAN_BOUNDS.spread,
    waitMs: MAX_DURATION_MS,
    deadlineMs: MAX_DURATION_MS,
    bakeMs: MAX_DURATION_MS,
    ...RETRIES,
  },
  PlannedStage: RETRIES,
  PlannedGate: { everyMs: MAX_DURATION_MS, timeoutMs: MAX_DURATION_MS, failures: 100 },
} as const satisfies Readonly<Record<string, FieldBounds>>;

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
  const fault =
    firstBeyond([job], FIELD_BOUNDS.PlannedJob) ??
    firstBeyond(stages, FIELD_BOUNDS.PlannedStage) ??
    firstBeyond(gates, FIELD_BOUNDS.PlannedGate);
  if (fault !== undefined) return fault;
  return [success, ...parallelism, ...spread.map(({ most }) => most)].some(isNone)
    ? "an amount of success, parallelism or spread is 0, and it is at least 1"
    : undefined;
}

function isNone(amount: Amount): boolean {
  return amount.kind === "count" && amount.count === 0;
}

function firstBeyond(parts: readonly object[], bounds: FieldBounds): string | undefined {
  for (const part of parts)
    for (const [name, most] of Object.entries(bounds)) {
      const value = fieldOf(part, name);
      const amount = Array.isArray(value) ? value.length : value;
      if (typeof amount === "number" && amount > most)
        return `${name} ${amount}, and at most ${most} is taken`;
    }
  return undefined;
}
