import type { JobWork } from "../../work/work.ts";
import type { JobPlan, StagePlan } from "./plan.ts";

/** All that is done on a host of the job. */
export function worksOf({ work, stages }: Pick<JobPlan, "work" | "stages">): readonly JobWork[] {
  return [...(work === undefined ? [] : [work]), ...(stages ?? []).map((stage) => stage.work)];
}

/** How often, and on what, a task is tried again. */
export function retriesOf(
  job: JobPlan,
  stage: number | undefined,
): Pick<StagePlan, "retries" | "retryDelayMs" | "retryOn"> {
  return stage === undefined ? job : (job.stages?.[stage] ?? job);
}

/** Runs whatever became of the stages before it. */
export function runsAlways(job: JobPlan, stage: number | undefined): boolean {
  return stage !== undefined && job.stages?.[stage]?.always === true;
}

/** The first stage after this one that is such; undefined: none. */
export function stageAfter(
  job: JobPlan,
  stage: number,
  isSuch: (stage: StagePlan) => boolean,
): number | undefined {
  const next = (job.stages ?? []).findIndex((one, index) => index > stage && isSuch(one));
  return next === -1 ? undefined : next;
}
