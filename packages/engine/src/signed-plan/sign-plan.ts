import { defined, fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import { MOST_CARRIERS, signPlan, type OperatorKey, type SignedText } from "@roadrunner/core/signing";
import { planDigest } from "../protect/run-signer.ts";
import { PlanTree } from "./plan-tree.ts";

export interface ToSign {
  readonly run: string;
  readonly plan: RunPlan;
  /** The highest attempt that there has been; 0: it is new. */
  readonly pastAttempts: number;
  /** Keys of those who may carry it, `SHA256:…`. */
  readonly carriers: readonly string[];
  /** As whom, where allowed_signers leaves it open. */
  readonly principal?: string | undefined;
  /** For how long it may go on; the operator's own certificate may end before. */
  readonly lifeMs: number;
}

/** Has the operator's key sign all that a plan may have run, for those who may carry it. The error is for the operator. */
export async function signForCarriers(
  operator: OperatorKey,
  { run, plan, pastAttempts, carriers, principal, lifeMs }: ToSign,
): Promise<Result<SignedText, string>> {
  if (carriers.length > MOST_CARRIERS)
    return fail(
      `the coordinator names ${carriers.length} keys that may carry the run; at most ${MOST_CARRIERS} are signed for`,
    );
  const tree = await PlanTree.of(plan, pastAttempts);
  const of = { run, plan: planDigest(plan), root: tree.root, leaves: tree.leaves, pastAttempts, carriers };
  const issuedMs = Date.now();
  // Workers take nothing of it after the certificate's end: it is to hold then, and not to fail.
  const lastsMs = Math.min(lifeMs, (operator.validBeforeMs ?? Infinity) - issuedMs);
  const signed = await signPlan(
    operator,
    { ...of, ...defined({ principal }) },
    { issuedMs, lifeMs: lastsMs },
  );
  return signed.ok ? succeed(signed.value) : fail(`the plan could not be signed: ${signed.error}`);
}
