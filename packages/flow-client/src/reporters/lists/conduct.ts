import {
  defined,
  foldHosts,
  formatMs,
  hostOf,
  type AtPlan,
  type HostPlan,
  type JobPlan,
  type JobWork,
  type StagePlan,
} from "@roadrunner/core";
import { clip } from "../text/safe-text.ts";
import { outcomeWord } from "../text/task-line.ts";
import { counted } from "../text/words.ts";

const MAX_WIDTH = 300;
/** Of what may differ with each host. */
const MAX_VALUES = 8;

/**
 * How a job's command is carried out: times, retries, and for which hosts with what login, pool and variables, but for
 * those that are told of already.
 */
export function conductLines(job: JobPlan, told: ReadonlySet<string> = new Set()): readonly string[] {
  const { work, deadlineMs, waitMs, stepped } = job;
  const times = [
    ...(work === undefined ? [] : [timeoutText(work)]),
    ...(deadlineMs === undefined ? [] : [`deadline of the job ${formatMs(deadlineMs)}`]),
    ...(work === undefined ? [] : [retriesText(job)]),
    ...(stepped ? [`waits ${formatMs(waitMs)} between steps`] : []),
    ...(work?.outputs === undefined ? [] : ["outputs are taken"]),
    ...manner(work),
  ];
  return [
    ...(times.length === 0 ? [] : [times.join(", ")]),
    ...byValue("pool", job.hosts, ({ pool }) => pool),
    ...byValue("user", job.hosts, ({ user }) => user),
    ...byValue("port", job.hosts, ({ port }) => port?.toString()),
    ...byValue("env", job.hosts, ({ env }) => envText(env, told)),
    ...takenLines(job.envFrom),
    ...secretLines(work?.secretEnv),
  ].map((line) => clip(line, MAX_WIDTH));
}

/** The same of one stage; `places`: how many of the slot may be at once at each host where stages run. */
export function stageConduct(
  job: JobPlan,
  stage: StagePlan,
  told: ReadonlySet<string>,
  places: ReadonlyMap<string, number>,
): readonly string[] {
  const { work, user, env, always, retryFrom, pool, at } = stage;
  const times = [
    ...checkText(work),
    timeoutText(work),
    retriesText(stage),
    ...manner(work),
    ...(at === undefined ? [] : [atOnceText(at, places)]),
    ...(pool === undefined ? [] : [`pool ${pool}`]),
    ...(user === undefined ? [] : [`user ${user}`]),
    ...(always ? ["runs always"] : []),
    ...(retryFrom === undefined ? [] : ["a host taken again goes on here"]),
  ];
  const variables = envText(env, new Set());
  return [
    times.join(", "),
    ...atLines(job, stage, told),
    ...(variables === undefined ? [] : [`env ${variables}`]),
    ...secretLines(work.secretEnv),
  ].map((line) => clip(line, MAX_WIDTH));
}

/** What holds: where stages of the slot differ, the smallest counts. */
function atOnceText({ hosts, atOnce }: AtPlan, places: ReadonlyMap<string, number>): string {
  const names = new Map<number, string[]>();
  for (const { name } of hosts) {
    const most = places.get(name) ?? atOnce;
    const those = names.get(most);
    if (those === undefined) names.set(most, [name]);
    else those.push(name);
  }
  const [only = [atOnce], ...more] = names;
  if (more.length === 0) return `${only[0]} of the run there at once`;
  return Array.from(names, ([most, at]) => `${most} of the run at once at ${foldHosts(at)}`).join(", ");
}

/** Where a stage runs at another host: of whom at which, and how these are reached. */
function atLines(job: JobPlan, one: StagePlan, told: ReadonlySet<string>): readonly string[] {
  const { at } = one;
  if (at === undefined) return [];
  const stage = job.stages?.indexOf(one);
  const whose = job.hosts.map((host, index) => ({
    ...host,
    at: hostOf(job, { host: index, ...defined({ stage }) })?.name,
  }));
  return [
    ...(at.label === undefined ? [] : byValue("at", whose, (host) => host.at, "for")),
    ...byValue("pool", at.hosts, (host) => host.pool),
    ...byValue("user", at.hosts, (host) => host.user),
    ...byValue("port", at.hosts, (host) => host.port?.toString()),
    ...byValue("env", at.hosts, (host) => envText(host.env, told)),
  ];
}

/** `every 5s until it is well, at most 5m`, `… well for 10s, …`. */
function checkText({ check }: JobWork): readonly string[] {
  if (check === undefined) return [];
  const { everyMs, stableMs, withinMs } = check;
  const stable = stableMs === 0 ? "" : ` for ${formatMs(stableMs)}`;
  return [`every ${formatMs(everyMs)} until it is well${stable}, at most ${formatMs(withinMs)}`];
}

function timeoutText({ timeoutMs }: JobWork): string {
  return timeoutMs === undefined ? "no timeout" : `timeout ${formatMs(timeoutMs)}`;
}

/** What it is worth to know before it runs, where it is not as most are. */
function manner(work: JobWork | undefined): readonly string[] {
  if (work === undefined) return [];
  const { become, reboot, cwd, okCodes, delivery, check } = work;
  return [
    ...(become === undefined ? [] : [`runs as ${become === true ? "root" : become}`]),
    ...(reboot === undefined ? [] : [`takes the host down, back within ${formatMs(reboot.timeoutMs)}`]),
    ...(cwd === undefined ? [] : [`in ${cwd}`]),
    ...(okCodes.length === 1 && okCodes[0] === 0 ? [] : [`ok with exit code ${okCodes.join(" or ")}`]),
    ...(delivery === "repeatable" && check === undefined ? ["may run again after a loss"] : []),
  ];
}

function retriesText({
  retries,
  retryDelayMs,
  retryOn,
}: Pick<JobPlan, "retries" | "retryDelayMs" | "retryOn">): string {
  if (retries === 0) return "no retries";
  const times = retries === 1 ? "1 retry" : `${retries} retries`;
  return `${times} after ${formatMs(retryDelayMs)} where ${retryOn.map(outcomeWord).join(" or ")}`;
}

/** One line for each value; the hosts are named where not all have it. */
function byValue<Host extends HostPlan>(
  what: string,
  hosts: readonly Host[],
  valueOf: (host: Host) => string | undefined,
  on = "on",
): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const host of hosts) {
    const value = valueOf(host);
    if (value === undefined) continue;
    const names = groups.get(value);
    if (names === undefined) groups.set(value, [host.name]);
    else names.push(host.name);
  }
  const left = groups.size - MAX_VALUES;
  const lines = [...groups]
    .slice(0, MAX_VALUES)
    .map(([value, names]) =>
      names.length === hosts.length ? `${what} ${value}` : `${what} ${value} ${on} ${foldHosts(names)}`,
    );
  return left > 0 ? [...lines, `… and ${counted(left, "more value")} of ${what}`] : lines;
}

function envText(env: HostPlan["env"], told: ReadonlySet<string>): string | undefined {
  const pairs = Object.entries(env ?? {})
    .filter(([name]) => !told.has(name))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? undefined : pairs.join(" ");
}

function takenLines(envFrom: JobPlan["envFrom"]): readonly string[] {
  const names = Object.entries(envFrom ?? {}).map(
    ([variable, { from, name }]) => `${variable} from output ${name} of ${from}`,
  );
  return names.length === 0 ? [] : [`env ${names.join(", ")}`];
}

export function secretLines(secretEnv: JobWork["secretEnv"]): readonly string[] {
  const names = Object.entries(secretEnv ?? {}).map(([name, secret]) => `${name} from the secret ${secret}`);
  return names.length === 0 ? [] : [`env ${names.join(", ")}`];
}
