import {
  defined,
  type HostPlan,
  type JobPlan,
  type JobWork,
  type RunPlan,
  type StagePlan,
} from "@roadrunner/core";

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

/** In the order in which they would run. What undoes one is not asked: there is nothing to undo yet. */
export function jobsOf(plan: RunPlan): readonly JobPlan[] {
  const jobs = [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs);
  return jobs.filter(({ undoes }) => undoes === undefined);
}

/** What a host is asked first, and with what. */
export interface FirstQuestion extends Pick<JobPlan, "hosts" | "retries" | "retryDelayMs" | "retryOn"> {
  readonly work: JobWork & { readonly unless: string };
  /** It is asked at another host, which would have to be asked for each of them. */
  readonly isElsewhere: boolean;
  /** Of this stage alone: the others are not asked about, since what comes before changes what they would say. */
  readonly stage?: string;
}

/** Of a job with stages its own `unless`, else that of its first stage. */
export function firstQuestion(job: JobPlan): FirstQuestion | undefined {
  const [stage] = job.stages ?? [];
  const { work } = stage ?? job;
  const { unless } = work ?? {};
  if (work === undefined || unless === undefined) return undefined;
  const { retries, retryDelayMs, retryOn } = stage ?? job;
  const hosts = stage === undefined ? job.hosts : job.hosts.map((host) => asStage(host, stage));
  return {
    ...{ hosts, retries, retryDelayMs, retryOn, work: { ...work, unless } },
    isElsewhere: stage?.at !== undefined,
    ...(stage === undefined || stage.asks === true ? {} : { stage: stage.name }),
  };
}

function asStage(host: HostPlan, { user, pool, env }: StagePlan): HostPlan {
  const both = env === undefined ? host.env : { ...host.env, ...env };
  return { ...host, ...defined({ user: user ?? host.user, pool: pool ?? host.pool, env: both }) };
}

/** Undefined: it asks nothing, or with variables that nobody has yet. */
function askJob(job: JobPlan): JobPlan | undefined {
  const question = firstQuestion(job);
  if (question === undefined || job.envFrom !== undefined || question.isElsewhere) return undefined;
  const { name } = job;
  const { hosts, retries, retryDelayMs, retryOn, work } = question;
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
