import { foldHosts } from "../../hosts/fold/fold-hosts.ts";
import { needOf } from "../../rollout/plan/amount.ts";
import type { JobPlan, RunPlan, SlotPlan, StagePlan } from "../../rollout/plan/plan.ts";
import { atPlaces } from "../../rollout/plan/stages.ts";
import { locatedJobs } from "../schema/flow-file.ts";
import type { WrittenFlow } from "../schema/flow-schema.ts";
import { quote } from "../source/visible.ts";
import type { PlanNote } from "../plan-note.ts";
import { undoName } from "../undo-name.ts";

/** More hosts than this at once should be what somebody wrote. */
const MANY_HOSTS = 10;

const SSH_PORT = 22;

/** What is allowed and yet seldom meant. */
export function planWarnings(plan: RunPlan, flow: WrittenFlow): readonly PlanNote[] {
  return [
    ...noEffect(flow),
    ...decidesPrograms(plan),
    ...allAtOnce(plan, flow),
    ...hostsInTwoJobs(plan),
    ...mayHaveFailedBefore(plan),
    ...gatesAtOwnHosts(plan),
    ...sameAddress(plan),
    ...atOnceDiffers(plan),
  ];
}

/** Fields of a job, and of what undoes it, that do nothing without another. */
function noEffect(flow: WrittenFlow): readonly PlanNote[] {
  return locatedJobs(flow).flatMap(({ name, job }) => {
    const settings = { ...flow.defaults, ...job };
    const { undo } = job;
    const steps = Array.isArray(settings.parallelism)
      ? []
      : idleFields(job, ["wait", "stepSuccess"], "parallelism is no list of steps");
    return [
      ...[...steps, ...idleOfCommand(job, settings)].map((text) => idle(name, text)),
      ...(undo === undefined
        ? []
        : idleOfCommand(undo, { ...undo, retries: undo.retries ?? settings.retries })
      ).map((text) => idle(undoName(name), text)),
    ];
  });
}

function idle(job: string, text: string): PlanNote {
  return { kind: "noEffect", warning: true, message: `job ${quote(job)}: ${text}`, job };
}

type OfCommand = Pick<
  WrittenFlow["slots"][number]["jobs"][number],
  "retries" | "retryDelay" | "retryOn" | "reboot" | "rebootTimeout" | "script" | "shell"
>;

function idleOfCommand(written: OfCommand, settings: OfCommand): readonly string[] {
  return [
    ...((settings.retries ?? 0) > 0 ? [] : idleFields(written, ["retryDelay", "retryOn"], "retries is 0")),
    ...(settings.reboot === true ? [] : idleFields(written, ["rebootTimeout"], "reboot is false")),
    ...(written.script === undefined
      ? []
      : idleFields(written, ["shell"], "a script names its own interpreter")),
  ];
}

function idleFields<Fields extends object>(
  written: Fields,
  fields: readonly (keyof Fields & string)[],
  why: string,
): readonly string[] {
  return fields
    .filter((field) => written[field] !== undefined)
    .map((field) => `${field} has no effect, since ${why}`);
}

/** Variables that decide which programs run: seldom meant for all that a command starts. */
function decidesPrograms(plan: RunPlan): readonly PlanNote[] {
  return slotsOf(plan).flatMap(({ jobs }) =>
    jobs.flatMap((job, index) => {
      const undone = job.undoes === undefined ? undefined : jobs[index - 1];
      const told = undone === undefined ? new Set<string>() : variablesOf(undone);
      return decidingOf(
        job,
        [...variablesOf(job)].filter((name) => !told.has(name)),
      );
    }),
  );
}

function variablesOf({ hosts }: JobPlan): ReadonlySet<string> {
  const seen = new Set(hosts.map(({ env }) => env));
  return new Set([...seen].flatMap((env) => Object.keys(env ?? {})));
}

function decidingOf(job: JobPlan, names: readonly string[]): readonly PlanNote[] {
  return names
    .filter((name) => name === "PATH" || name.startsWith("LD_"))
    .map((name): PlanNote => {
      const what =
        name === "PATH"
          ? "PATH, and so in which folders the command finds its programs"
          : `${name}, which decides what programs load`;
      const message = `job ${quote(job.name)}: env sets ${what}`;
      return { kind: "decidesPrograms", warning: true, message, job: job.name };
    });
}

function allAtOnce(plan: RunPlan, flow: WrittenFlow): readonly PlanNote[] {
  if (flow.defaults?.parallelism !== undefined) return [];
  const written = new Map(locatedJobs(flow).map(({ name, job }) => [name, job.parallelism]));
  return forwardJobs(plan)
    .filter((job) => job.hosts.length > MANY_HOSTS && written.get(job.name) === undefined)
    .map((job) => ({
      kind: "allAtOnce",
      warning: true,
      message: `job ${quote(job.name)} starts on all its ${job.hosts.length} hosts at once, since no parallelism is written`,
      job: job.name,
    }));
}

function hostsInTwoJobs(plan: RunPlan): readonly PlanNote[] {
  return slotsOf(plan).flatMap((slot) => {
    const before: JobsByHost = new Map();
    const jobs = forward(slot);
    if (jobs.length < 2) return [];
    return jobs.flatMap((job): readonly PlanNote[] => {
      const shared = sharedWith(job, before, () => true);
      addJob(before, job);
      if (shared.hosts.length === 0) return [];
      const message = `job ${quote(job.name)} runs side by side with ${listed(shared.jobs)} on ${foldHosts(shared.hosts)}`;
      return [{ kind: "hostInTwoJobs", warning: true, message, job: job.name }];
    });
  });
}

/** A job after one that may leave failed hosts behind, on the same hosts, without `onlyIfOk`. */
function mayHaveFailedBefore(plan: RunPlan): readonly PlanNote[] {
  const lenient: JobsByHost = new Map();
  const earlier: JobPlan[] = [];
  return plan.slots.flatMap((slot) => {
    const jobs = forward(slot);
    const notes = jobs.flatMap((job): readonly PlanNote[] => {
      const asked = askedAbout(job, earlier);
      const shared = sharedWith(job, lenient, (other) => !asked.has(other.name));
      if (shared.hosts.length === 0) return [];
      const message = `job ${quote(job.name)} also runs on those of ${foldHosts(shared.hosts)} where ${listed(shared.jobs)} failed, since success under 100% lets the flow go on; onlyIfOk would leave them out`;
      return [{ kind: "mayHaveFailedBefore", warning: true, message, job: job.name }];
    });
    earlier.push(...jobs);
    for (const job of jobs) {
      if (needOf(job.success, job.hosts.length) < job.hosts.length) addJob(lenient, job);
    }
    return notes;
  });
}

/** Which jobs a host is in, by the host's name. */
type JobsByHost = Map<string, JobPlan[]>;

function addJob(jobs: JobsByHost, job: JobPlan): void {
  for (const { name } of job.hosts) {
    const known = jobs.get(name);
    if (known === undefined) jobs.set(name, [job]);
    else known.push(job);
  }
}

/** The hosts of a job that others have too, and those others. */
function sharedWith(
  job: JobPlan,
  others: JobsByHost,
  counts: (other: JobPlan) => boolean,
): { readonly hosts: readonly string[]; readonly jobs: ReadonlySet<JobPlan> } {
  const jobs = new Set<JobPlan>();
  const hosts = job.hosts.flatMap(({ name }) => {
    const there = (others.get(name) ?? []).filter(counts);
    for (const other of there) jobs.add(other);
    return there.length > 0 ? [name] : [];
  });
  return { hosts, jobs };
}

/** Three names, and how many more. */
function listed(jobs: ReadonlySet<JobPlan>): string {
  const names = Array.from(jobs, ({ name }) => quote(name));
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
}

/** Jobs in which the hosts of `job` must have ended ok, also by way of another job's `onlyIfOk`. */
function askedAbout(job: JobPlan, before: readonly JobPlan[]): ReadonlySet<string> {
  const asked = new Set(job.onlyIfOk);
  for (const earlier of before.toReversed()) {
    if (asked.has(earlier.name)) earlier.onlyIfOk.forEach((name) => asked.add(name));
  }
  return asked;
}

/** A host whose turn has come may be down, or in between: what a check says there is not of the site. */
function gatesAtOwnHosts(plan: RunPlan): readonly PlanNote[] {
  return forwardJobs(plan).flatMap(({ name, hosts, gates = [] }) => {
    const at = gates.flatMap(({ name: gate, check }) =>
      check === undefined ? [] : [[gate, check.host.name] as const],
    );
    // Few jobs have such, and some have 100,000 hosts.
    const own = at.length === 0 ? new Set<string>() : new Set(hosts.map((host) => host.name));
    return at
      .filter(([, host]) => own.has(host))
      .map(([gate, host]): PlanNote => {
        const message = `job ${quote(name)}: gate ${quote(gate)} asks at ${host}, which is a host of the job: it may be down when it is asked`;
        return { kind: "gateAtOwnHost", warning: true, message, job: name };
      });
  });
}

function sameAddress(plan: RunPlan): readonly PlanNote[] {
  // The first host of an address alone, or a set from the second on: a set for each of 100,000 would be the plan's
  // largest part.
  const names = new Map<string, string | Set<string>>();
  for (const job of forwardJobs(plan)) {
    for (const host of job.hosts) {
      const where = host.address ?? host.name;
      // Written out only where it differs, since most hosts would have a string of their own for it.
      const address = (host.port ?? SSH_PORT) === SSH_PORT ? where : `${where} port ${host.port}`;
      const known = names.get(address);
      if (known === undefined) names.set(address, host.name);
      else if (typeof known !== "string") known.add(host.name);
      else if (known !== host.name) names.set(address, new Set([known, host.name]));
    }
  }
  const notes: PlanNote[] = [];
  for (const [address, hosts] of names) {
    if (typeof hosts === "string") continue;
    const where = address.includes(" ") ? address : `${address} port ${SSH_PORT}`;
    const message = `${foldHosts([...hosts])} have one address: ${where}`;
    notes.push({ kind: "sameAddress", warning: true, message });
  }
  return notes;
}

/** Stages at one host of which some would have more there at once than others: all are kept to the smallest. */
function atOnceDiffers(plan: RunPlan): readonly PlanNote[] {
  return slotsOf(plan).flatMap(({ jobs }) => {
    const most = new Map<number, Set<string>>();
    const places = atPlaces(jobs);
    for (const { at } of jobs.flatMap(({ stages = [] as readonly StagePlan[] }) => stages))
      for (const { name } of at?.hosts ?? []) {
        const least = places.get(name);
        if (at === undefined || least === undefined || at.atOnce === least) continue;
        most.set(least, (most.get(least) ?? new Set()).add(name));
      }
    return Array.from(most, ([least, names]): PlanNote => {
      const message = `stages at ${foldHosts([...names])} differ in atOnce: the smallest counts for all, ${least} at once`;
      return { kind: "atOnceDiffers", warning: true, message };
    });
  });
}

function slotsOf(plan: RunPlan): readonly SlotPlan[] {
  return [...plan.slots, ...plan.finally];
}

function forwardJobs(plan: RunPlan): readonly JobPlan[] {
  return slotsOf(plan).flatMap(forward);
}

/** The jobs that run as the flow says it. What undoes one runs on the same hosts, and never beside it. */
function forward({ jobs }: SlotPlan): readonly JobPlan[] {
  return jobs.filter(({ undoes }) => undoes === undefined);
}
