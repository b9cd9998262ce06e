import type { TaskRef } from "../rollout/machine-events.ts";
import type { JobWork } from "../work/work.ts";
import type { JobPlan, RunPlan, SlotPlan, StagePlan } from "../rollout/plan/plan.ts";

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

/** The stage that a task is of; undefined: its job has none, or it is a host's whole way. */
export function stageAt(plan: RunPlan, task: TaskRef): StagePlan | undefined {
  if (task.stage === undefined) return undefined;
  const { name, stages } = jobAt(plan, task);
  const stage = stages?.[task.stage];
  if (stage === undefined) throw new Error(`bug: job ${name} has no stage ${task.stage}`);
  return stage;
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
  return { slot: slotNumber(plan, task), job: job.name, host: host.name, stage, attempt };
}
