import type { JobPlan, StagePlan } from "../../rollout/plan/plan.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { FlowProblem } from "../problem.ts";
import { stageName } from "../rules/stage-rules.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import { scriptOf, type Scripts } from "./script.ts";
import { settingsOfStage, type Settings } from "./settings.ts";
import { durationOf, workOf } from "./work.ts";

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
      retries: of.retries,
      retryDelayMs: durationOf(of.retryDelay),
      retryOn: of.retryOn,
      ...(written.user === undefined ? {} : { user: written.user }),
      ...(written.env === undefined ? {} : { env: written.env }),
      work: workOf(written, of, script.script),
    };
  });
  const [first, ...more] = plans;
  return { stages: first === undefined ? {} : { stages: [first, ...more] }, problems };
}
