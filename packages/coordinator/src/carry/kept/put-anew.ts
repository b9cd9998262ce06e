import { defined, succeed, type Result } from "@roadrunner/core";
import type { Store, StoreFault, TakenOver } from "../../store/store.ts";
import { signedAnew } from "./sign-anew.ts";

/** Two who sign at the same time are both kept; so many times somebody else may have been faster. */
const TRIES = 10;

const FASTER: StoreFault = {
  kind: "unavailable",
  reason: "others sign the plan of this run at the same time: sign it once more",
};

/** Puts what an operator signed in place of what counts, and keeps that; false: there is no such open run. */
export async function putAnew(
  store: Store,
  run: string,
  signed: string,
): Promise<Result<boolean, StoreFault>> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const kept = await store.signedPlans(run);
    if (!kept.ok) return kept;
    const put = await store.sign(run, signedAnew(kept.value, signed));
    if (!put.ok) return put;
    if (put.value !== "otherNow") return succeed(put.value === "signed");
  }
  return { ok: false, error: FASTER };
}

/** Goes on with a run, with what an operator signed for that, if he did; undefined: somebody carries it. */
export async function reopenWith(
  store: Store,
  run: string,
  handOver: string,
  { secrets, signed }: { readonly secrets?: string; readonly signed?: string },
): Promise<Result<TakenOver | undefined, StoreFault>> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const kept = await store.signedPlans(run);
    if (!kept.ok) return kept;
    const anew = signed === undefined ? undefined : signedAnew(kept.value, signed);
    const reopened = await store.reopen(run, handOver, defined({ secrets, anew }));
    if (!reopened.ok || reopened.value !== undefined || anew === undefined) return reopened;
    const now = await store.signedPlans(run);
    if (!now.ok) return now;
    if (now.value.signed === anew.insteadOf) return succeed(undefined);
  }
  return { ok: false, error: FASTER };
}
