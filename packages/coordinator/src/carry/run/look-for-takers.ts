import { fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import { functionsOf, lookForWorkers, type WorkerLink } from "@roadrunner/engine";
import type { Carry } from "@roadrunner/engine/api";

/** They are looked for again and again: each time for so long at most. */
const LOOK_MS = 10_000;

/** Waits until somebody would take a plan's tasks; the error says why nobody does, and what to do. */
export async function lookForTakers(
  link: WorkerLink,
  plan: RunPlan,
  { serverTimeoutMs, waitForWorkersMs }: Carry,
): Promise<Result<void, string>> {
  const looked = await lookForWorkers(link, functionsOf(plan), {
    "server-timeout": serverTimeoutMs,
    "wait-for-workers": Math.min(waitForWorkersMs, LOOK_MS),
  });
  // What rr-submit would be told to do instead cannot be done here.
  return looked.ok ? succeed(undefined) : fail(`${looked.error.what}; the coordinator tries again`);
}
