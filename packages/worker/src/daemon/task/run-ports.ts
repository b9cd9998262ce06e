import { encodeAnswer, WIRE_VERSION, type Workload } from "@roadrunner/core";
import type { OwnedWorkload } from "../../authority/owner.ts";
import type { StartRefusal, RunPorts } from "../../visit/run-request.ts";
import { momentNow, passedBetween } from "../clocks.ts";
import type { TaskJob, SharedParts } from "../shared-parts.ts";
import { mattersWhenLost } from "./delivery.ts";
import { liveOutput, sayStarted } from "./progress-lines.ts";
import { mayStart, notHis, overtaken } from "./whose-run.ts";
import { workKey } from "./work-key.ts";

const DEFAULT_START_WITHIN_MS = 120_000;

/** What a visit asks and tells on its way, as this worker and its job server answer and hear it. */
export function runPorts(
  shared: SharedParts,
  job: TaskJob,
  workload: OwnedWorkload,
): { readonly ports: RunPorts; readonly told: () => Promise<void> } {
  const live = liveOutput(workload, job);
  /** Whether the job server knows that it starts. */
  let known: Promise<boolean> | undefined;
  const ports: RunPorts = {
    beforeExec: async () => {
      const refusal = notHis(shared, workload) ?? notNow(shared, workload, job);
      if (refusal !== undefined) return refusal;
      if (workload.task === undefined) {
        if (workload.live === true) job.status(0, 1);
        return undefined;
      }
      const sent = sayStarted(shared, workload, job);
      // Its answer comes while the host is asked for its hello.
      known = job.arrived();
      await sent;
      return undefined;
    },
    beforeBody: async (isAgain) => {
      if (mayStart(workload) && (await known) === false) return UNHEARD;
      return (isAgain === true ? undefined : notHis(shared, workload)) ?? notNow(shared, workload, job);
    },
    overtaken: () => overtaken(shared, workload),
    onBegan: (boot) => {
      if (!mattersWhenLost(workload)) return;
      shared.begun.note(workKey(workload), boot);
      void job.send(encodeAnswer({ type: "began", v: WIRE_VERSION, ...boot }));
    },
    ...(live === undefined ? {} : { onOutput: live.onOutput }),
  };
  return { ports, told: async () => live?.end() };
}

/**
 * A command whose start the job server was not told of must not run: the server gives the task to somebody else, who
 * may say of it that it never started. Nobody hears this answer, and it is not kept.
 */
const UNHEARD = {
  outcome: "skipped",
  reason: "its job server was lost before it was known to have read that it starts",
} as const;

/** The last look before anything can start on the host. */
function notNow(shared: SharedParts, workload: Workload, job: TaskJob): StartRefusal | undefined {
  if (!mayStart(workload)) return undefined;
  if (shared.revocations.has(workload.task, workload.host))
    return { outcome: "skipped", reason: "revoked before it started" };
  const waited = passedBetween(job.grabbedAt, momentNow());
  const limitMs = workload.startWithinMs ?? DEFAULT_START_WITHIN_MS;
  if (waited.ms <= limitMs) return undefined;
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
  const slept =
    waited.suspendedMs === 0
      ? ""
      : ` (${seconds(waited.suspendedMs)} of them while the worker's box was suspended)`;
  return {
    outcome: "refused",
    reason: `not started: it waited ${seconds(waited.ms)} in the worker${slept}, the limit is ${seconds(limitMs)}`,
  };
}
