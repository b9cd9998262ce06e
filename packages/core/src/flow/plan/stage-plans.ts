import { defined } from "../../optional-fields.ts";
import type { JobWork } from "../../work/work.ts";
import { CHECK_DEFAULTS } from "../defaults.ts";
import type { WrittenStage } from "../schema/stage-schema.ts";
import type { JobPlan, StagePlan } from "../../rollout/plan/plan.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { FlowProblem } from "../problem.ts";
import { stageName } from "../rules/stage-rules.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import { scriptOf, type Scripts } from "./script.ts";
import { settingsOfStage, type Settings } from "./settings.ts";
import { durationOf, workOf } from "./work.ts";

/** A check is asked as often as it takes, each time with a limit of its own. */
function checkOf(written: WrittenStage, settings: Settings): JobWork {
  const { timeout, every, stable, within } = { ...CHECK_DEFAULTS, ...defined(written) };
  const of = { ...settings, timeout, delivery: "repeatable", onDisconnect: "attached" } as const;
  const check = { everyMs: durationOf(every), stableMs: durationOf(stable), withinMs: durationOf(within) };
  return { ...workOf({ command: written.check }, of, undefined), check };
}

/** The stages of a job, each with what it has from its job. */
export function stagePlans(
  flow: LoadedFlow,
  { job, path }: LocatedJob,
  settings: Settings,
  scripts: Scripts,
): { readonly stages: Pick<JobPlan, "stages">; readonly problems: readonly FlowProblem[] } {
  const problems: FlowProblem[] = [];
  const plans = (job.stages ?? []).map((written, index): StagePlan => {
    const of = settingsOfStage(settings, written);
    const script = scriptOf(flow, written, [...path, "stages", index], scripts);
    problems.push(...script.problems);
    return {
      name: written.name ?? stageName(index),
      always: written.always ?? false,
      ...(written.retryFrom === "stage" ? { retryFrom: "stage" as const } : {}),
      retries: of.retries,
      retryDelayMs: durationOf(of.retryDelay),
      retryOn: of.retryOn,
      ...(written.user === undefined ? {} : { user: written.user }),
      ...(written.env === undefined ? {} : { env: written.env }),
      work: written.check === undefined ? workOf(written, of, script.script) : checkOf(written, of),
    };
  });
  const [first, ...more] = plans;
  return { stages: first === undefined ? {} : { stages: [first, ...more] }, problems };
}
