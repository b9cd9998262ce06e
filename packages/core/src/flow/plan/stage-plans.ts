import { defined } from "../../optional-fields.ts";
import type { JobWork } from "../../work/work.ts";
import { CHECK_DEFAULTS } from "../defaults.ts";
import type { WrittenJob } from "../schema/job-schema.ts";
import type { WrittenStage } from "../schema/stage-schema.ts";
import type { JobPlan, StagePlan } from "../../rollout/plan/plan.ts";
import type { FlowProblem } from "../problem.ts";
import { ASKING, stageName } from "../rules/stage-rules.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import { MOST_STAGES } from "../schema/stage-schema.ts";
import type { Surroundings } from "./surroundings.ts";
import { scriptOf } from "./script.ts";
import { settingsOfStage, type Settings } from "./settings.ts";
import { atPlans, type HostsOfJob } from "./stage-hosts.ts";
import { durationOf, workOf } from "./work.ts";

/** A check is asked as often as it takes, each time with a limit of its own. */
function checkOf(written: WrittenStage, settings: Settings): JobWork {
  const { timeout, every, stable, within } = { ...CHECK_DEFAULTS, ...defined(written) };
  const of = { ...settings, timeout, delivery: "repeatable", onDisconnect: "attached" } as const;
  const check = { everyMs: durationOf(every), stableMs: durationOf(stable), withinMs: durationOf(within) };
  return { ...workOf({ command: written.check }, of, undefined), check };
}

/** A command that does nothing, behind the question that counts. */
const NOTHING = ":";

/** The job's `unless` is asked on the host itself, once, before its first stage. */
function askingOf(job: WrittenJob, settings: Settings): readonly StagePlan[] {
  const { unless } = job;
  if (unless === undefined) return [];
  const own = { okCodes: [0], reboot: false, outputs: false };
  const of: Settings = { ...settings, ...own, delivery: "repeatable", onDisconnect: "attached" };
  return [
    {
      ...{ name: ASKING, asks: true as const, always: false },
      ...{ retries: of.retries, retryDelayMs: durationOf(of.retryDelay), retryOn: of.retryOn },
      work: workOf({ command: NOTHING, unless }, of, undefined),
    },
  ];
}

/** The stages of a job, each with what it has from its job. One at several hosts is as many, one after the other. */
export function stagePlans(
  located: LocatedJob,
  settings: Settings,
  hosts: HostsOfJob,
  around: Surroundings,
): { readonly stages: Pick<JobPlan, "stages">; readonly problems: readonly FlowProblem[] } {
  const { job, path } = located;
  const problems: FlowProblem[] = [];
  const plans = (job.stages ?? []).flatMap((written, index): readonly StagePlan[] => {
    const own = [...path, "stages", index];
    const of = settingsOfStage(settings, written);
    const script = scriptOf(around.flow, written, own, around.scripts);
    const at = atPlans(located, written, own, hosts, around);
    problems.push(...script.problems, ...at.problems);
    const stage: StagePlan = {
      name: written.name ?? stageName(index),
      always: written.always ?? false,
      ...(written.retryFrom === "stage" ? { retryFrom: "stage" as const } : {}),
      retries: of.retries,
      retryDelayMs: durationOf(of.retryDelay),
      retryOn: of.retryOn,
      // Where it runs elsewhere, that host has them.
      ...(written.at === undefined ? defined({ pool: written.pool, user: written.user }) : {}),
      ...(written.env === undefined ? {} : { env: written.env }),
      work: written.check === undefined ? workOf(written, of, script.script) : checkOf(written, of),
    };
    return written.at === undefined ? [stage] : at.plans.map((there) => ({ ...stage, at: there }));
  });
  if (plans.length > MOST_STAGES) {
    const message = `come to ${plans.length} stages for each host, as some run at several; at most ${MOST_STAGES} are taken`;
    problems.push(around.flow.problemAt({ path: [...path, "stages"], at: "key" }, message));
  }
  const [first, ...more] = plans.length === 0 ? [] : [...askingOf(job, settings), ...plans];
  return { stages: first === undefined ? {} : { stages: [first, ...more] }, problems };
}
