import { fail, retriesOf, succeed, type JobPlan, type Result, type RunPlan } from "@roadrunner/core";
import { fingerprintOf, readPlan, type SignedText } from "@roadrunner/core/signing";
import { planDigest } from "../protect/run-signer.ts";

/** What somebody has signed of a run before. */
export interface EarlierWord {
  /** The key that signed, `SHA256:…`. */
  readonly by: string;
  /** The highest attempt that any of its tasks may have had by that. */
  readonly mostAttempts: number;
}

/**
 * Whether this plan, as somebody else tells it, is the one that was signed before: whoever is to sign it anew has seen
 * nothing of it himself. The error completes "what was signed of it before …".
 */
export function earlierWord(
  signed: SignedText,
  { run, plan }: { readonly run: string; readonly plan: RunPlan },
): Result<EarlierWord, string> {
  const read = readPlan(signed, () => succeed(undefined));
  if (!read.ok) return fail(`does not hold: ${read.error}`);
  const { body, by } = read.value;
  if (body.run !== run) return fail(`is of run ${body.run}`);
  if (body.plan !== planDigest(plan)) return fail("is of another plan than the one that is shown");
  const jobs = [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs);
  const retries = jobs.reduce((most, job) => Math.max(most, mostRetries(job)), 0);
  return succeed({ by: fingerprintOf(by.key.blob), mostAttempts: body.pastAttempts + 1 + retries });
}

function mostRetries(job: JobPlan): number {
  const stages = job.stages === undefined ? [undefined] : [...job.stages.keys()];
  return Math.max(...stages.map((stage) => retriesOf(job, stage).retries));
}
