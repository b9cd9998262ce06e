import type { Host } from "../../hosts/host.ts";
import { labelOf } from "../inventory/host-entries.ts";
import type { AtPlan } from "../../rollout/plan/plan.ts";
import { JOB_DEFAULTS } from "../defaults.ts";
import type { FlowProblem, Path } from "../problem.ts";
import { plainAt, type LocatedJob } from "../schema/flow-file.ts";
import type { WrittenStage } from "../schema/stage-schema.ts";
import { quote } from "../source/visible.ts";
import { hostPlans } from "./host-plans.ts";
import { hostsOf } from "./job-hosts.ts";
import { lacking } from "./spread-labels.ts";
import type { Surroundings } from "./surroundings.ts";

type Around = Pick<Surroundings, "flow" | "params" | "expressions" | "entries">;

/** A job's hosts: those that it names, and those of them that take part. */
export interface HostsOfJob {
  readonly named: readonly Host[];
  readonly taking: readonly Host[];
}

interface Somewhere {
  /** One after the other; of a stage without `at` none. */
  readonly plans: readonly AtPlan[];
  readonly problems: readonly FlowProblem[];
}

/** Where a stage runs that says `at`. It is reached by what is known of that host, and not as the job's hosts are. */
export function atPlans(
  located: LocatedJob,
  stage: WrittenStage,
  path: Path,
  hosts: HostsOfJob,
  around: Around,
): Somewhere {
  const { at } = stage;
  if (at === undefined) return { plans: [], problems: [] };
  const expressions = plainAt(at);
  const found =
    expressions === undefined
      ? labelled((at as { readonly label: string }).label, located, [...path, "at", "label"], hosts, around)
      : hostsOf(around.flow, expressions, [...path, "at"], around.expressions);
  const problems = [...found.problems, ...insideJob(found.hosts, [...path, "at"], hosts, around.flow)];
  const { defaults } = around.flow.flow;
  const { user: _, ...others } = defaults ?? {};
  const own = { env: located.job.env, pool: stage.pool, user: stage.user };
  const plans = hostPlans(found.hosts, own, others, around.entries, around.params, []);
  const { atOnce = JOB_DEFAULTS.atOnce } = stage;
  return {
    plans:
      expressions === undefined
        ? [{ label: (at as { readonly label: string }).label, hosts: plans, atOnce }]
        : plans.map((host) => ({ hosts: [host], atOnce })),
    problems,
  };
}

/** The hosts that a label of the job's hosts names. */
function labelled(
  label: string,
  located: LocatedJob,
  path: Path,
  { taking }: HostsOfJob,
  { flow, entries, expressions }: Around,
): { readonly hosts: readonly Host[]; readonly problems: readonly FlowProblem[] } {
  const found = new Map<string, Host>();
  const wrong = new Map<string, string>();
  for (const { name } of taking) {
    const value = labelOf(entries.get(name), label);
    if (value === undefined || found.has(value) || wrong.has(value)) continue;
    const host = expressions.expand(value, false);
    if (host.ok && host.value.length === 1 && host.value[0]?.name === value) found.set(value, host.value[0]);
    else wrong.set(value, name);
  }
  const problems = [
    ...lacking(label, { path }, located, taking, { flow, entries }),
    ...Array.from(wrong, ([value, name]) =>
      flow.problemAt(
        { path },
        `label ${quote(label)} of ${name} is ${quote(value)}, which is no name of a host`,
        `an inventory says it: hosts: { ${quote(name)}: { labels: { ${label}: lb1 } } }`,
      ),
    ),
  ];
  return { hosts: [...found.values()], problems };
}

/** A host in its way is out of service; nothing of others may wait for it, or be done there. */
function insideJob(
  at: readonly Host[],
  path: Path,
  { named }: HostsOfJob,
  flow: Around["flow"],
): readonly FlowProblem[] {
  const own = new Set(named.map(({ name }) => name));
  const inside = at.find(({ name }) => own.has(name));
  if (inside === undefined) return [];
  const message = `${quote(inside.name)} is a host of this job, which goes this way itself`;
  return [
    flow.problemAt(
      { path },
      message,
      "without at a stage runs on the host whose way it is; or take that host out of hosts",
    ),
  ];
}
