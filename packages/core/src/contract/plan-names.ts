import type { GateRef, TaskRef } from "../rollout/machine-events.ts";
import type { GatePlan } from "../rollout/plan/gate-plan.ts";
import type { JobWork } from "../work/work.ts";
import type { JobPlan, RunPlan, SlotPlan, StagePlan } from "../rollout/plan/plan.ts";
import type { HostPlan } from "../rollout/plan/host-plan.ts";
import { atNameOf, hostOf } from "../rollout/plan/stages.ts";

export interface JobRef {
  readonly phase: "slots" | "finally";
  readonly slot: number;
  readonly job: number;
}

/** A slot's number for people and for task ids: from 1, `finally` slots counting on after the slots. */
export function slotNumber(plan: RunPlan, at: Pick<JobRef, "phase" | "slot">): number {
  return at.slot + 1 + (at.phase === "finally" ? plan.slots.length : 0);
}

function slotAt(plan: RunPlan, at: Pick<JobRef, "phase" | "slot">): SlotPlan {
  const slot = plan[at.phase][at.slot];
  if (slot === undefined) throw new Error(`bug: the plan has no slot ${at.slot} in ${at.phase}`);
  return slot;
}

export function jobAt(plan: RunPlan, at: JobRef): JobPlan {
  const job = slotAt(plan, at).jobs[at.job];
  if (job === undefined) throw new Error(`bug: the plan has no job ${at.job} in slot ${at.slot}`);
  return job;
}

export function gateAt(plan: RunPlan, at: GateRef): GatePlan {
  const { name, gates } = jobAt(plan, at);
  const gate = gates?.[at.gate];
  if (gate === undefined) throw new Error(`bug: job ${name} has no gate ${at.gate}`);
  return gate;
}

/** The stage that a task is of; undefined: its job has none, or it is a host's whole way. */
export function stageAt(plan: RunPlan, task: TaskRef): StagePlan | undefined {
  if (task.stage === undefined) return undefined;
  const { name, stages } = jobAt(plan, task);
  const stage = stages?.[task.stage];
  if (stage === undefined) throw new Error(`bug: job ${name} has no stage ${task.stage}`);
  return stage;
}

/** The host on which a task runs, and how it is reached. */
export function hostAt(plan: RunPlan, task: TaskRef): HostPlan {
  const job = jobAt(plan, task);
  const host = hostOf(job, task);
  if (host === undefined) throw new Error(`bug: job ${job.name} has no host ${task.host}, or no stage there`);
  return host;
}

/** Whose workers run a task. */
export function poolAt(plan: RunPlan, task: TaskRef): string | undefined {
  return stageAt(plan, task)?.pool ?? hostAt(plan, task).pool;
}

/** All pools that a job's tasks go to; undefined: that of workers without one. */
export function poolsOf({ hosts, stages }: JobPlan): ReadonlySet<string | undefined> {
  const pools = new Set<string | undefined>();
  for (const { pool, at } of stages ?? [{ pool: undefined, at: undefined }])
    for (const host of at?.hosts ?? hosts) pools.add(pool ?? host.pool);
  return pools;
}

/** All pools whose workers are asked for a job's gates; undefined: that of workers without one. */
export function gatePoolsOf({ gates = [] }: JobPlan): ReadonlySet<string | undefined> {
  return new Set(gates.map(({ pool }) => pool));
}

/** What a task does. */
export function workAt(plan: RunPlan, task: TaskRef): JobWork {
  const job = jobAt(plan, task);
  const work = stageAt(plan, task)?.work ?? job.work;
  if (work === undefined) throw new Error(`bug: a whole way of job ${job.name} is no work`);
  return work;
}

interface TaskNames {
  slot: number;
  job: string;
  host: string;
  stage?: string;
  at?: string;
  attempt: number;
}

/** The names of a task, as run events and task ids carry them. */
export function taskNames(plan: RunPlan, task: TaskRef): TaskNames {
  const job = jobAt(plan, task);
  const host = job.hosts[task.host];
  if (host === undefined) throw new Error(`bug: job ${job.name} has no host ${task.host}`);
  const { attempt } = task;
  // Written out: a large job makes one of these for each of its hosts, all at once.
  if (task.stage === undefined)
    return { slot: slotNumber(plan, task), job: job.name, host: host.name, attempt };
  const stage = stageAt(plan, task)?.name ?? "";
  const at = atNameOf(job, task);
  const names = { slot: slotNumber(plan, task), job: job.name, host: host.name, stage };
  return at === undefined ? { ...names, attempt } : { ...names, at, attempt };
}
