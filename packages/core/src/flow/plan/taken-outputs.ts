import type { JobPlan } from "../../rollout/plan/plan.ts";
import { locatedJobs } from "../schema/flow-file.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import type { WrittenFlow } from "../schema/flow-schema.ts";
import { takenIn } from "../schema/job-env.ts";
import type { WrittenJob } from "../schema/job-schema.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { FlowProblem } from "../problem.ts";
import { quote } from "../source/visible.ts";

/** Names of the jobs of which others take outputs. */
export function jobsTakenFrom(flow: WrittenFlow): ReadonlySet<string> {
  return new Set(locatedJobs(flow).flatMap(({ job }) => takenIn(job.env).flatMap(({ from }) => from ?? [])));
}

/** As the plan has them; nothing where there are none. */
export function envFromOf(env: WrittenJob["env"]): Pick<JobPlan, "envFrom"> {
  const taken = takenIn(env).map(({ variable, from = "", name = "" }) => [variable, { from, name }] as const);
  return taken.length === 0 ? {} : { envFrom: Object.fromEntries(taken) };
}

/** A job whose outputs are taken, and that a selection leaves out. */
export function takenFromNobody(
  flow: LoadedFlow,
  plans: ReadonlyMap<LocatedJob, JobPlan>,
  asked: string,
): readonly FlowProblem[] {
  const there = new Set(Array.from(plans.keys(), ({ name }) => name));
  return [...plans.keys()].flatMap(({ job, path, name }) =>
    takenIn(job.env)
      .filter(({ from }) => from !== undefined && !there.has(from))
      .map(({ variable, from }) =>
        flow.problemAt(
          { path: [...path, "env", variable, "from"] },
          `${asked} leaves no host of job ${quote(from)}, of which job ${quote(name)} takes an output`,
        ),
      ),
  );
}
