import { AtHosts } from "./state/at-hosts.ts";
import { noCounts } from "./state/job-state.ts";
import { jobsAskedAbout } from "./plan/only-if-ok.ts";
import type { RunPlan } from "./plan/plan.ts";
import type { RolloutOptions, RolloutState } from "./state/state.ts";
import { Timers } from "./state/timers.ts";
import { noWorkers } from "./state/workers-heard.ts";

const LOST_TIMEOUT_MS = 300_000;

/** A run that has not begun; `advance` with `begin` begins it. */
export function createRollout(plan: RunPlan, options: RolloutOptions): RolloutState {
  return {
    plan,
    options: {
      lostTimeoutMs: LOST_TIMEOUT_MS,
      firstAttempts: new Map(),
      knownEnds: new Map(),
      past: false,
      ...options,
    },
    mode: "new",
    phase: "slots",
    slot: 0,
    now: 0,
    jobs: [],
    openJobs: 0,
    failedFast: false,
    stop: undefined,
    nobodyConfirms: false,
    finallyStopped: false,
    counts: noCounts(),
    phases: { slots: { verdicts: [], reasons: [] }, finally: { verdicts: [], reasons: [] } },
    okHosts: new Map([...jobsAskedAbout(plan)].map((name) => [name, new Set<string>()])),
    workers: noWorkers(),
    atHosts: new AtHosts(),
    timers: new Timers(),
    deadlines: new Timers(),
    deadlinesHeld: false,
    past: options.past ?? false,
    wakeAt: undefined,
  };
}
