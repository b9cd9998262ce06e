import type { HostPlan } from "../../rollout/plan/host-plan.ts";
import type { Amount, JobPlan } from "../../rollout/plan/plan.ts";
import type { FlowProblem } from "../problem.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import type { WrittenUndo } from "../schema/undo-schema.ts";
import { undoName } from "../undo-name.ts";
import { scriptOf } from "./script.ts";
import { settingsOfStage, type Settings } from "./settings.ts";
import type { HostsOfJob } from "./stage-hosts.ts";
import { stagePlans } from "./stage-plans.ts";
import type { Surroundings } from "./surroundings.ts";
import { envFromOf } from "./taken-outputs.ts";
import { durationOf, workOf } from "./work.ts";

/** What undoes a job, as far as it is not the job's own. */
export interface Undo {
  /** As it were written as a job. */
  readonly located: LocatedJob;
  readonly settings: Settings;
  readonly does: Pick<JobPlan, "work" | "stages">;
  /** Its hosts are not reached as the job's are, or have other variables. */
  readonly differs: boolean;
}

const NONE: Amount = { kind: "share", hundredths: 0 };

/** A job's `undo`: what it does not say it has from its job, as a stage has. */
export function readUndo(
  job: LocatedJob,
  ofJob: Settings,
  hosts: HostsOfJob,
  around: Surroundings,
): { readonly undo?: Undo; readonly problems: readonly FlowProblem[] } {
  const written = job.job.undo;
  if (written === undefined) return { problems: [] };
  const settings = settingsOfStage(ofJob, written);
  const located = { ...job, name: undoName(job.name), path: [...job.path, "undo"], job: asJob(job, written) };
  const { script, problems: ofScript } = scriptOf(around.flow, written, located.path, around.scripts);
  const { stages, problems: ofStages } = stagePlans(located, settings, hosts, around);
  const problems = [...ofScript, ...ofStages];
  const does = stages.stages === undefined ? { work: workOf(written, settings, script) } : stages;
  const differs = written.user !== undefined || written.pool !== undefined || written.env !== undefined;
  return problems.length > 0 ? { problems } : { undo: { located, settings, does, differs }, problems };
}

function asJob({ job }: LocatedJob, undo: WrittenUndo): LocatedJob["job"] {
  const { undoUnknown: _, ...fields } = undo;
  return {
    ...fields,
    hosts: job.hosts,
    ...(undo.user === undefined ? { user: job.user } : {}),
    ...(undo.pool === undefined ? { pool: job.pool } : {}),
    env: { ...job.env, ...undo.env },
  };
}

/**
 * The job of the plan that undoes that one: on its hosts, in its places, and without its rules, since nothing is decided by
 * how it goes.
 */
export function undoPlan(
  job: JobPlan,
  { located, settings, does }: Undo,
  unknownToo: boolean,
  hosts: readonly HostPlan[],
): JobPlan {
  return {
    name: located.name,
    hosts,
    success: NONE,
    parallelism: job.parallelism,
    stepped: false,
    stepSuccess: NONE,
    waitMs: 0,
    tolerate: {},
    ...(job.spread === undefined ? {} : { spread: job.spread }),
    failedHostsHoldPlaces: false,
    boundFailures: false,
    onlyIfOk: [],
    retries: settings.retries,
    retryDelayMs: durationOf(settings.retryDelay),
    retryOn: settings.retryOn,
    undoes: job.name,
    ...(unknownToo ? { undoUnknown: true } : {}),
    ...envFromOf(located.job.env),
    ...does,
  };
}
