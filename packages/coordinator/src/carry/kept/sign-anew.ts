import { operatorIn } from "@roadrunner/engine";
import type { SignedAnew, SignedPlans } from "../../store/logins.ts";
import { readSigned } from "./signed-runs.ts";

/** Of so many operators what they had signed before is kept; the one who signed longest ago goes first. */
export const MOST_BEFORE = 9;

/**
 * What is kept when an operator signs the plan of a run anew: of each other one what he signed last, since what was begun
 * by it can be ended and asked about by nothing else.
 */
export function signedAnew(kept: SignedPlans, signed: string): SignedAnew {
  const { signed: insteadOf } = kept;
  const seen = new Set([operatorOf(signed)]);
  const before: string[] = [];
  for (const earlier of [...(insteadOf === undefined ? [] : [insteadOf]), ...kept.before]) {
    const operator = operatorOf(earlier);
    if (operator === undefined || seen.has(operator)) continue;
    seen.add(operator);
    before.push(earlier);
  }
  return { signed, before: before.slice(0, MOST_BEFORE), insteadOf };
}

/** Undefined: it cannot be read. */
function operatorOf(text: string): string | undefined {
  const signed = readSigned(text);
  return signed && operatorIn(signed);
}
