import { setTimeout as sleep } from "node:timers/promises";
import { fail, type Result } from "@roadrunner/core";
import type { HandOver } from "@roadrunner/engine/api";
import { EXIT } from "../usage/exit-codes.ts";
import type { Refusal } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";
import type { CoordinatorClient } from "./client.ts";
import { PATIENCE_MS } from "./follow-events.ts";

const AGAIN_MS = 500;

/**
 * Hands a run over. Where the coordinator goes away before it has answered, it is handed over again, under the same id, and
 * so is one run, however often it arrives. The error says whether it can have been taken.
 * @param patienceMs for a coordinator that went away
 */
export async function handOverOnce(
  client: CoordinatorClient,
  handOver: HandOver,
  patienceMs = PATIENCE_MS,
): Promise<Result<string, Refusal>> {
  const { run } = handOver;
  let until: number | undefined;
  for (;;) {
    const taken = await client.handOver(handOver);
    if (taken.ok) return taken;
    const { kind, refusal } = taken.error;
    const mayHaveIt = kind === "cut" || (until !== undefined && kind === "away");
    if (!mayHaveIt) {
      const unclear = until === undefined ? "Nothing was handed over." : whether(run);
      return fail({ ...refusal, lines: [...refusal.lines, unclear] });
    }
    if (until === undefined)
      say(`${refusal.lines[0]}; it is handed over again, for ${patienceMs / 1000} s at most`);
    until ??= performance.now() + patienceMs;
    if (performance.now() >= until)
      return fail({ lines: [...refusal.lines, whether(run)], code: EXIT.infrastructure });
    await sleep(AGAIN_MS);
  }
}

function whether(run: string): string {
  return `Whether it has run ${run} is not known: when it is there again, rr-submit attach ${run} shows it, or that there is none.`;
}
