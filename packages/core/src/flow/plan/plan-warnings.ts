import { foldHosts } from "../../hosts/fold-hosts.ts";
import { formatAmount, needOf } from "../../rollout/amount.ts";
import type { JobPlan, RunPlan } from "../../rollout/plan.ts";
import { placedJobs } from "../schema/flow-file.ts";
import type { WrittenFlow } from "../schema/flow-schema.ts";
import { quote } from "../source/visible.ts";
import type { PlanNote } from "./notes.ts";

/** More hosts than this at once should be what somebody wrote. */
const MANY_HOSTS = 10;

/** What is allowed and yet seldom meant. */
export function planWarnings(plan: RunPlan, flow: WrittenFlow): readonly PlanNote[] {
  return [
    ...noEffect(flow),
    ...allAtOnce(plan, flow),
    ...hostsInTwoJobs(plan),
    ...mayHaveFailedBefore(plan),
    ...sameAddress(plan),
  ];
}

/** Fields of a job that do nothing without another. */
function noEffect(flow: WrittenFlow): readonly PlanNote[] {
  return placedJobs(flow).flatMap(({ name, job }) => {
    const settings = { ...flow.defaults, ...job };
    const idle = [
      ...(Array.isArray(settings.parallelism)
        ? []
        : idleFields(job, ["wait", "stepSuccess"], "parallelism is no list of steps")),
      ...((settings.retries ?? 0) > 0 ? [] : idleFields(job, ["retryDelay", "retryOn"], "retries is 0")),
      ...(settings.reboot === true ? [] : idleFields(job, ["rebootTimeout"], "reboot is false")),
      ...(job.script === undefined ? [] : idleFields(job, ["shell"], "a script names its own interpreter")),
    ];
    return idle.map((text): PlanNote => ({
      kind: "noEffect",
      warning: true,
      message: `job ${quote(name)}: ${text}`,
      job: name,
    }));
  });
}

type Fields = WrittenFlow["slots"][number]["jobs"][number];

function idleFields(job: Fields, fields: readonly (keyof Fields)[], why: string): readonly string[] {
  return fields
    .filter((field) => job[field] !== undefined)
    .map((field) => `${field} has no effect, since ${why}`);
}

function allAtOnce(plan: RunPlan, flow: WrittenFlow): readonly PlanNote[] {
  if (flow.defaults?.parallelism !== undefined) return [];
  const written = new Map(placedJobs(flow).map(({ name, job }) => [name, job.parallelism]));
  return jobsOf(plan)
    .filter((job) => job.hosts.length > MANY_HOSTS && written.get(job.name) === undefined)
    .map((job) => ({
      kind: "allAtOnce",
      warning: true,
      message: `job ${quote(job.name)} starts on all its ${job.hosts.length} hosts at once, since no parallelism is written`,
      job: job.name,
    }));
}

function hostsInTwoJobs(plan: RunPlan): readonly PlanNote[] {
  return [...plan.slots, ...plan.finally].flatMap((slot) =>
    pairs(slot.jobs).flatMap(([first, second]): readonly PlanNote[] => {
      const shared = sharedHosts(first, second);
      if (shared.length === 0) return [];
      const message = `jobs ${quote(first.name)} and ${quote(second.name)} run side by side on ${foldHosts(shared)}`;
      return [{ kind: "hostInTwoJobs", warning: true, message, job: second.name }];
    }),
  );
}

/** A job after one that may leave failed hosts behind, on the same hosts, without `onlyIfOk`. */
function mayHaveFailedBefore(plan: RunPlan): readonly PlanNote[] {
  return plan.slots.flatMap((slot, index) =>
    slot.jobs.flatMap((job) => {
      const before = plan.slots.slice(0, index).flatMap((earlier) => earlier.jobs);
      const asked = askedAbout(job, before);
      return before.flatMap((earlier): readonly PlanNote[] => {
        const hosts = earlier.hosts.length;
        if (needOf(earlier.success, hosts) >= hosts || asked.has(earlier.name)) return [];
        const shared = sharedHosts(earlier, job);
        if (shared.length === 0) return [];
        const message = `job ${quote(job.name)} also runs on hosts of ${foldHosts(shared)} where ${quote(earlier.name)} has failed (success ${formatAmount(earlier.success)}); onlyIfOk: ${quote(earlier.name)} would leave them out`;
        return [{ kind: "mayHaveFailedBefore", warning: true, message, job: job.name }];
      });
    }),
  );
}

/** Jobs in which the hosts of `job` must have ended ok, also by way of another job's `onlyIfOk`. */
function askedAbout(job: JobPlan, before: readonly JobPlan[]): ReadonlySet<string> {
  const asked = new Set(job.onlyIfOk);
  for (const earlier of before.toReversed()) {
    if (asked.has(earlier.name)) earlier.onlyIfOk.forEach((name) => asked.add(name));
  }
  return asked;
}

function sameAddress(plan: RunPlan): readonly PlanNote[] {
  const names = new Map<string, Set<string>>();
  for (const host of jobsOf(plan).flatMap((job) => job.hosts)) {
    const address = `${host.address ?? host.name} port ${host.port ?? 22}`;
    const known = names.get(address);
    if (known === undefined) names.set(address, new Set([host.name]));
    else known.add(host.name);
  }
  return [...names].flatMap(([address, hosts]): readonly PlanNote[] => {
    if (hosts.size < 2) return [];
    return [
      {
        kind: "sameAddress",
        warning: true,
        message: `${foldHosts([...hosts])} have one address: ${address}`,
      },
    ];
  });
}

function jobsOf(plan: RunPlan): readonly JobPlan[] {
  return [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs);
}

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((first, index) => items.slice(index + 1).map((second) => [first, second] as const));
}

function sharedHosts(a: JobPlan, b: JobPlan): readonly string[] {
  const names = namesOf(a);
  return b.hosts.flatMap((host) => (names.has(host.name) ? [host.name] : []));
}

/** Kept with the job, since a job is compared with many. */
const NAMES = new WeakMap<JobPlan, ReadonlySet<string>>();

function namesOf(job: JobPlan): ReadonlySet<string> {
  const names = NAMES.get(job) ?? new Set(job.hosts.map((host) => host.name));
  NAMES.set(job, names);
  return names;
}
