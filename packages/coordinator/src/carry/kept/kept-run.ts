import * as z from "zod";
import { fail, succeed, type Result } from "@roadrunner/core";
import { bySchema, carrySchema, parseHandOver, type Carry, type HandOver } from "@roadrunner/engine/api";

/** What the store keeps of a run beside its events: how it is carried, and, until it has begun, what it is. */
export interface KeptRun {
  readonly by: HandOver["by"];
  readonly carry: Carry;
  /** Absent: the run has begun, and its first event says it. */
  readonly begin?: Pick<HandOver, "plan" | "file" | "fileDigest" | "warnings">;
}

/** Of a run that has begun. */
const begunSchema = z.object({ by: bySchema, carry: carrySchema });

/** As the store keeps what was handed over: without secrets, and what was signed stands beside it. */
export function keptText({ secrets: _secrets, signed: _signed, ...handOver }: HandOver): string {
  return JSON.stringify(handOver);
}

/** As the store keeps of a run that is gone on with how it is carried. */
export function keptAgainText(kept: Pick<KeptRun, "by" | "carry">): string {
  return JSON.stringify(kept);
}

/** @param begun its first event is in the store */
export function readKept(text: string, begun: boolean): Result<KeptRun, string> {
  if (!begun) {
    const handOver = parseHandOver(text);
    if (!handOver.ok) return handOver;
    const { by, carry, plan, file, fileDigest, warnings } = handOver.value;
    return succeed({ by, carry, begin: { plan, file, fileDigest, warnings } });
  }
  try {
    const parsed = begunSchema.safeParse(JSON.parse(text));
    return parsed.success
      ? succeed(parsed.data)
      : fail("it says in no way that is known how the run is carried");
  } catch {
    return fail("it is not JSON");
  }
}

/** How rr-submit carries a run where nothing else is said. */
export const USUAL_CARRY: Carry = {
  maxInFlight: 1000,
  priority: "normal",
  keepOutputBytes: 16 * 1024,
  waitForWorkersMs: 10_000,
  serverTimeoutMs: 60_000,
  lostTimeoutMs: 5 * 60_000,
  live: false,
};
