import type { TaskRef } from "../rollout/machine-events.ts";
import type { JobPlan, RunPlan, SlotPlan } from "../rollout/plan/plan.ts";

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

/** The names of a task, as run events and task ids carry them. */
export function taskNames(
  plan: RunPlan,
  task: TaskRef,
): { slot: number; job: string; host: string; attempt: number } {
  const job = jobAt(plan, task);
  const host = job.hosts[task.host];
  if (host === undefined) throw new Error(`bug: job ${job.name} has no host ${task.host}`);
  return { slot: slotNumber(plan, task), job: job.name, host: host.name, attempt: task.attempt };
}
