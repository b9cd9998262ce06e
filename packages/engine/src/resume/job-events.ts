import {
  defined,
  type GateRef,
  type RolloutEvent,
  type RunEvent,
  type RunPlan,
  type TaskRef,
} from "@roadrunner/core";

/** What is recorded of a job's gates and of its hold. */
type JobEvent = Extract<RunEvent, { type: "gate.asked" | "gate.answered" | "job.confirmed" }>;

/** For the machine; undefined: the plan has no such job or gate. That a job bakes or holds follows from what it is told. */
export function jobEvent(plan: RunPlan, event: JobEvent, at: number): RolloutEvent | undefined {
  const ref = jobRef(plan, event);
  if (ref === undefined) return undefined;
  if (event.type === "job.confirmed")
    return {
      type: "confirmed",
      at,
      ...ref,
      ...(event.goOn ? {} : { goOn: false }),
      ...defined({ by: event.by }),
    };
  const gate = gateRef(plan, ref, event.gate);
  const { ask } = event;
  if (gate === undefined) return undefined;
  if (event.type === "gate.asked") return { type: "gateAsked", at, gate, ask };
  const { answer: kind, text, value, worker } = event;
  return { type: "gateAnswered", at, gate, ask, answer: { kind, text, ...defined({ value, worker }) } };
}

/** Where a slot stands in the plan, by its number. */
export function slotAt(plan: RunPlan, { slot }: { readonly slot: number }): Pick<TaskRef, "phase" | "slot"> {
  const { length } = plan.slots;
  return slot <= length ? { phase: "slots", slot: slot - 1 } : { phase: "finally", slot: slot - 1 - length };
}

function jobRef(
  plan: RunPlan,
  event: Pick<JobEvent, "slot" | "job">,
): Pick<TaskRef, "phase" | "slot" | "job"> | undefined {
  const at = slotAt(plan, event);
  const job = plan[at.phase][at.slot]?.jobs.findIndex(({ name }) => name === event.job) ?? -1;
  return job === -1 ? undefined : { ...at, job };
}

function gateRef(
  plan: RunPlan,
  ref: Pick<TaskRef, "phase" | "slot" | "job">,
  named: string,
): GateRef | undefined {
  const gates = plan[ref.phase][ref.slot]?.jobs[ref.job]?.gates;
  const gate = gates?.findIndex(({ name }) => name === named) ?? -1;
  return gate === -1 ? undefined : { ...ref, gate };
}
