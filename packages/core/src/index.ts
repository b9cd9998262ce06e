export type { Result } from "./errors.ts";
export { fail, succeed, unreachable } from "./errors.ts";
export type { Host } from "./hosts/host.ts";
export { formatHost } from "./hosts/host.ts";
export type { Blame, Failure, Outcome, OutcomeCounts, Verdict } from "./rollout/outcome.ts";
export { BLAMES, FAILURES, isFailure, OUTCOMES } from "./rollout/outcome.ts";
export type { Amount, HostPlan, JobPlan, RunPlan, SlotPlan, Work } from "./rollout/plan.ts";
export type {
  Announcement,
  Ended,
  RolloutAction,
  RolloutEvent,
  TaskEnd,
  TaskRef,
} from "./rollout/machine-events.ts";
