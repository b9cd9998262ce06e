import type { JobPlan, RunPlan } from "@roadrunner/core";

/** Stands in place of each command, and does nothing. */
const NOTHING = ":";
const NONE = { kind: "share", hundredths: 0 } as const;
const ALL = { kind: "share", hundredths: 10_000 } as const;

/**
 * The plan that asks the hosts of a plan whether they are so already: its jobs' `unless`, asked as in a run, and no
 * command of theirs, so that nothing else can ever start. No host's end keeps another one from being asked.
 */
export function askPlan(plan: RunPlan): RunPlan {
  const jobs = jobsOf(plan).flatMap((job) => askJob(job) ?? []);
  return {
    ...{ name: plan.name, slots: jobs.length === 0 ? [] : [{ failFast: false, jobs }], finally: [] },
    ...(plan.secretParams === undefined ? {} : { secretParams: plan.secretParams }),
  };
}

/** In the order in which they would run. */
export function jobsOf(plan: RunPlan): readonly JobPlan[] {
  return [...plan.slots, ...plan.finally].flatMap(({ jobs }) => jobs);
}

/** Undefined: it asks nothing, or with variables that nobody has yet. */
function askJob(job: JobPlan): JobPlan | undefined {
  const { name, hosts, retries, retryDelayMs, retryOn, envFrom, work } = job;
  if (work?.unless === undefined || envFrom !== undefined) return undefined;
  const { unless, cwd, shell, become, secretEnv, timeoutMs, connectTimeoutMs, freshLogin } = work;
  return {
    ...{ name, hosts, retries, retryDelayMs, retryOn },
    ...{ success: NONE, parallelism: [ALL], stepped: false, stepSuccess: NONE, waitMs: 0, tolerate: {} },
    ...{ failedHostsHoldPlaces: false, boundFailures: false, onlyIfOk: [] },
    work: {
      command: NOTHING,
      unless,
      ...(cwd === undefined ? {} : { cwd }),
      ...(become === undefined ? {} : { become }),
      ...(secretEnv === undefined ? {} : { secretEnv }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(freshLogin === undefined ? {} : { freshLogin }),
      ...{ shell, connectTimeoutMs },
      okCodes: [0],
      delivery: "repeatable",
      onDisconnect: "attached",
    },
  };
}
