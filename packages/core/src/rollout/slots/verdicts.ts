import type { Verdict } from "../verdict.ts";
import type { RunPlan } from "../plan/plan.ts";
import type { Phase } from "../state/state.ts";

/** A slot of its jobs, a run of its slots: failed if any is, else cancelled if any is, else succeeded. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("failed")) return "failed";
  return verdicts.includes("cancelled") ? "cancelled" : "succeeded";
}

/** "slot 2 (deploy)"; finally slots count on after the slots: "slot 3 (finally)". */
export function slotText(plan: RunPlan, at: { readonly phase: Phase; readonly slot: number }): string {
  const number = at.slot + 1 + (at.phase === "finally" ? plan.slots.length : 0);
  const name = plan[at.phase][at.slot]?.name;
  const notes = [at.phase === "finally" ? "finally" : undefined, name].filter((note) => note !== undefined);
  return notes.length === 0 ? `slot ${number}` : `slot ${number} (${notes.join(", ")})`;
}
