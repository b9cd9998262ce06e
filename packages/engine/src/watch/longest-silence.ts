import { worksOf, type RunPlan } from "@roadrunner/core";

/** How long workers that are there may say nothing: a task says its first word when its host is reached. */
export function longestSilenceMs({ slots, finally: last }: RunPlan, waitForWorkersMs: number): number {
  const jobs = [...slots, ...last].flatMap((slot) => slot.jobs);
  return (
    Math.max(...jobs.flatMap(worksOf).map(({ connectTimeoutMs }) => connectTimeoutMs)) + waitForWorkersMs
  );
}
