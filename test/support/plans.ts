import type { Amount, HostPlan, JobPlan, JobWork, RunPlan, SlotPlan, StagePlan } from "@roadrunner/core";

/** Builders of plans for these tests: what a test does not name is as a flow's defaults make it. */

export const share = (percent: number): Amount => ({
  kind: "share",
  hundredths: Math.round(percent * 100),
});
export const count = (hosts: number): Amount => ({ kind: "count", count: hosts });

/** h1 to hN. */
export function hosts(n: number, prefix = "h"): HostPlan[] {
  return Array.from({ length: n }, (_, index) => ({ name: `${prefix}${index + 1}` }));
}

/** What is done where a test does not say it. */
export const WORK: JobWork = {
  command: "true",
  connectTimeoutMs: 15_000,
  okCodes: [0],
  delivery: "once",
  shell: "/bin/sh",
  onDisconnect: "finish",
};

export function stage(name: string, fields: Partial<StagePlan> = {}): StagePlan {
  return {
    ...{
      name,
      always: false,
      retries: 0,
      retryDelayMs: 5000,
      retryOn: ["failed", "unreachable"],
      work: WORK,
    },
    ...fields,
  };
}

export type JobFields = Partial<Omit<JobPlan, "hosts">> & { readonly hosts: number | readonly HostPlan[] };

export function job({ hosts: of, ...fields }: JobFields): JobPlan {
  const success = fields.success ?? share(100);
  return {
    name: "job",
    hosts: typeof of === "number" ? hosts(of) : of,
    success,
    parallelism: [share(100)],
    stepped: false,
    stepSuccess: success.kind === "share" ? success : share(100),
    waitMs: 0,
    tolerate: {},
    failedHostsHoldPlaces: false,
    boundFailures: false,
    onlyIfOk: [],
    retries: 0,
    retryDelayMs: 5000,
    retryOn: ["unreachable"],
    ...(fields.stages === undefined ? { work: WORK } : {}),
    ...fields,
  };
}

export function slot(...jobs: JobPlan[]): SlotPlan {
  return { failFast: false, jobs };
}

export function plan(slots: readonly SlotPlan[], last: readonly SlotPlan[] = []): RunPlan {
  return { name: "flow", slots, finally: last };
}

/** A run of one job in one slot. */
export function planOf(fields: JobFields): RunPlan {
  return plan([slot(job(fields))]);
}
