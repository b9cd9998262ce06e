import type { JobPlan, RunEvent } from "@roadrunner/core";
import type { Names } from "./names.ts";

/** The jobs of a run's plan, by the names that its events carry. */
export function jobsOf(
  events: readonly RunEvent[],
): (task: Pick<Names, "slot" | "job">) => JobPlan | undefined {
  const [started] = events;
  const slots = started?.type === "run.started" ? [...started.plan.slots, ...started.plan.finally] : [];
  const jobs = new Map(
    slots.flatMap((slot, index) => slot.jobs.map((job) => [`${index + 1}/${job.name}`, job] as const)),
  );
  return ({ slot, job }) => jobs.get(`${slot}/${job}`);
}
