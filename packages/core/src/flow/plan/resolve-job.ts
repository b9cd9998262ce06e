import { foldHosts } from "../../hosts/fold/fold-hosts.ts";
import type { Host } from "../../hosts/host.ts";
import type { HostPlan } from "../../rollout/plan/host-plan.ts";
import type { Amount, JobPlan, StagePlan } from "../../rollout/plan/plan.ts";
import type { FlowProblem } from "../problem.ts";
import { asList, effective } from "../schema/flow-file.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import { quote } from "../source/visible.ts";
import { gatePlans } from "./gate-plans.ts";
import { hostPlans } from "./host-plans.ts";
import { hostsOfJob } from "./job-hosts.ts";
import { amountOf, jobPlan } from "./job-plan.ts";
import type { PlanNote } from "../plan-note.ts";
import { orderHosts } from "./order-hosts.ts";
import { withoutLabel } from "./spread-labels.ts";
import { settingsOf } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { scriptOf } from "./script.ts";
import { envFromOf } from "./taken-outputs.ts";
import { stagePlans } from "./stage-plans.ts";
import type { Surroundings } from "./surroundings.ts";
import { readUndo, undoPlan } from "./undo-plan.ts";
import { workOf } from "./work.ts";
import { tooLarge } from "./workload-size.ts";

export interface ResolvedJob {
  /** Absent where the job is left out or has problems. */
  readonly plan?: JobPlan;
  /** What undoes it. */
  readonly undo?: JobPlan;
  /** Names of its hosts before any selection; absent where they are not known for problems. */
  readonly named?: ReadonlySet<string>;
  readonly notes: readonly PlanNote[];
  readonly problems: readonly FlowProblem[];
}

export function resolveJob(located: LocatedJob, around: Surroundings): ResolvedJob {
  const { flow, selection } = around;
  const { job, name } = located;
  const { defaults } = flow.flow;
  const settings = settingsOf(defaults, job);
  const {
    hosts,
    complete,
    problems: ofHosts,
  } = hostsOfJob(flow, located, settings.allowEmpty, around.expressions);
  const { script, problems: ofScript } = scriptOf(flow, job, located.path, around.scripts);
  const { gates, problems: ofGates } = gatePlans(located, settings, around);
  const problems = [...ofHosts, ...ofScript, ...ofGates];
  if (!complete) {
    const known = { named: hosts, taking: [] };
    const ofWays = [stagePlans(located, settings, known, around), readUndo(located, settings, known, around)];
    return { notes: [], problems: [...problems, ...ofWays.flatMap((way) => way.problems)] };
  }
  const notes: PlanNote[] = [];
  const named = new Set(hosts.map((host) => host.name));

  const able = ableHosts(hosts, asList(settings.onlyIfOk), around.earlier);
  if (able.none !== undefined && hosts.length > 0 && !settings.allowEmpty) {
    const { path } = effective(flow.flow, located, "onlyIfOk");
    problems.push(flow.problemAt({ path }, `no host of job ${quote(name)} is in job ${quote(able.none)}`));
  }
  const left = able.hosts.filter((host) => selection.takes(host.name));
  notes.push(...leftOutNotes(name, hosts, able.hosts, settings));
  const stages = stagePlans(located, settings, { named: hosts, taking: left }, around);
  const { undo, problems: ofUndo } = readUndo(located, settings, { named: hosts, taking: left }, around);
  problems.push(...stages.problems, ...ofUndo);
  const success = successOf(located, settings, left.length, around);
  problems.push(...success.problems);
  if (problems.length > 0) return { named, notes, problems };
  if (left.length === 0 && able.hosts.length > 0) {
    const message = `job ${quote(name)} is left out: ${selection.asked} leaves none of its hosts`;
    return { named, notes: [{ kind: "jobLeftOut", warning: false, message, job: name }], problems };
  }
  problems.push(...withoutLabel(located, settings, left, around));
  if (problems.length > 0) return { named, notes, problems };
  const ordered = orderHosts(left, settings.order, around.random);
  const asked = [
    ...Object.keys(settings.spread ?? {}),
    ...labelsOf([...(stages.stages.stages ?? []), ...(undo?.does.stages ?? [])]),
  ];
  const hostsFor = (of: typeof job): readonly HostPlan[] =>
    hostPlans(ordered, of, defaults, around.entries, around.params, asked);
  const plan = jobPlan(name, settings, {
    hosts: hostsFor(job),
    gates,
    success: success.amount,
    ...envFromOf(job.env),
    ...(stages.stages.stages === undefined
      ? { work: workOf(job, { ...settings, outputs: settings.outputs || around.taken.has(name) }, script) }
      : stages.stages),
  });
  const undoes =
    undo === undefined
      ? undefined
      : undoPlan(
          plan,
          undo,
          job.undo?.undoUnknown === true,
          undo.differs ? hostsFor(undo.located.job) : plan.hosts,
        );
  const sizes = [
    { path: located.path, size: tooLarge(plan) },
    { path: [...located.path, "undo"], size: undoes && tooLarge(undoes) },
  ];
  for (const { path, size } of sizes) if (size !== undefined) problems.push(flow.problemAt({ path }, size));
  return {
    ...{ plan, named, notes: [...notes, ...success.notes], problems },
    ...(undoes === undefined ? {} : { undo: undoes }),
  };
}

/** Labels that say where stages run. */
function labelsOf(stages: readonly StagePlan[] = []): readonly string[] {
  return [...new Set(stages.flatMap(({ at }) => at?.label ?? []))];
}

/** Those that can have ended ok in every job of `onlyIfOk`: the others never take part. */
function ableHosts(
  hosts: readonly Host[],
  onlyIfOk: readonly string[],
  earlier: ReadonlyMap<string, ReadonlySet<string>>,
): { readonly hosts: readonly Host[]; readonly none?: string } {
  let able = hosts;
  for (const name of onlyIfOk) {
    able = able.filter((host) => earlier.get(name)?.has(host.name) !== false);
    if (able.length === 0) return { hosts: able, none: name };
  }
  return { hosts: able };
}

function leftOutNotes(
  name: string,
  hosts: readonly Host[],
  able: readonly Host[],
  settings: Settings,
): readonly PlanNote[] {
  if (able.length === hosts.length) return [];
  const kept = new Set(able);
  const without = hosts.filter((host) => !kept.has(host)).map((host) => host.name);
  const jobs = asList(settings.onlyIfOk).join(", ");
  const message = `job ${quote(name)}: ${without.length} of its ${hosts.length} hosts (${foldHosts(without)}) are not in ${jobs} and do not take part`;
  return [{ kind: "hostsLeftOut", warning: false, message, job: name }];
}

/** `success` against the number of hosts: above it is an error, or lowered where a selection did it. */
function successOf(
  located: LocatedJob,
  settings: Settings,
  hosts: number,
  { flow, selection }: Surroundings,
): {
  readonly amount: Amount;
  readonly notes: readonly PlanNote[];
  readonly problems: readonly FlowProblem[];
} {
  const amount = amountOf(settings.success, "success");
  if (amount.kind === "share" || amount.count <= hosts) return { amount, notes: [], problems: [] };
  const { path } = effective(flow.flow, located, "success");
  const few = `job ${quote(located.name)} has ${hosts} host${hosts === 1 ? "" : "s"}`;
  if (selection.asked === undefined && !(settings.allowEmpty && hosts === 0)) {
    const problem = flow.problemAt(
      { path },
      `${few}, of which ${amount.count} cannot succeed`,
      'a share such as "80%" follows the number of hosts',
    );
    return { amount, notes: [], problems: [problem] };
  }
  const message = `${few} left: success is lowered from ${amount.count} to ${hosts}`;
  const note: PlanNote = { kind: "successLowered", warning: true, message, job: located.name };
  return { amount: { kind: "count", count: hosts }, notes: [note], problems: [] };
}
