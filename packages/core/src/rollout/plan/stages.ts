import type { JobWork } from "../../work/work.ts";
import type { JobPlan, StagePlan } from "./plan.ts";
import type { HostPlan } from "./host-plan.ts";

/** All that is done on a host of the job. */
export function worksOf({ work, stages }: Pick<JobPlan, "work" | "stages">): readonly JobWork[] {
  return [...(work === undefined ? [] : [work]), ...(stages ?? []).map((stage) => stage.work)];
}

/** Where a stage of a host runs; undefined: on the host itself. */
export function atNameOf(job: JobPlan, task: OfWay): string | undefined {
  const at = atOf(job, task);
  if (at?.label === undefined) return at?.hosts[0]?.name;
  return job.hosts[task.host]?.labels?.[at.label];
}

/** How the host is reached on which a task runs. */
export function hostOf(job: JobPlan, task: OfWay): HostPlan | undefined {
  const at = atOf(job, task);
  if (at === undefined) return job.hosts[task.host];
  const name = atNameOf(job, task);
  return at.hosts.find((host) => host.name === name);
}

interface OfWay {
  readonly host: number;
  readonly stage?: number;
}

function atOf({ stages }: JobPlan, { stage }: OfWay): StagePlan["at"] {
  return stage === undefined ? undefined : stages?.[stage]?.at;
}

/** Which stage it is that has this name and runs there; -1: none. */
export function stageIndexOf(
  stages: readonly StagePlan[],
  { stage, at }: { readonly stage?: string | undefined; readonly at?: string | undefined },
): number {
  return stages.findIndex(
    (one) =>
      one.name === stage &&
      (one.at === undefined ? at === undefined : one.at.hosts.some(({ name }) => name === at)),
  );
}

/** A stage as people read it: `drain`, `drain at lb1`. */
export function stageText({
  stage,
  at,
}: {
  readonly stage: string;
  readonly at?: string | undefined;
}): string {
  return at === undefined ? stage : `${stage} at ${at}`;
}

/** The same before it is known of which host: where a label says it, `drain at its lb`. */
export function textOfStage({ name, at }: StagePlan): string {
  return stageText({ stage: name, at: at?.label === undefined ? at?.hosts[0]?.name : `its ${at.label}` });
}

/** By host at which stages run: how many may be there at once. Where the stages differ, what the strictest says. */
export function atPlaces(jobs: readonly JobPlan[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const { at } of jobs.flatMap(({ stages = [] as readonly StagePlan[] }) => stages))
    for (const { name } of at?.hosts ?? [])
      places.set(name, Math.min(at?.atOnce ?? 1, places.get(name) ?? Infinity));
  return places;
}

/** How often, and on what, a task is tried again. */
export function retriesOf(
  job: JobPlan,
  stage: number | undefined,
): Pick<StagePlan, "retries" | "retryDelayMs" | "retryOn"> {
  return stage === undefined ? job : (job.stages?.[stage] ?? job);
}

/** It only asks whether the stages behind it are needed. */
export function asksFirst(job: Pick<JobPlan, "stages">, stage: number | undefined): boolean {
  return stage === 0 && job.stages?.[0].asks === true;
}

/** The stages before whose start a host has not set out: its first one, and the question before that. */
export function stagesToSetOut(job: Pick<JobPlan, "stages">): readonly number[] {
  return asksFirst(job, 0) ? [0, 1] : [0];
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
