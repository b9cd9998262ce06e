import { setTimeout as sleep } from "node:timers/promises";
import { fail, type Result } from "@roadrunner/core";
import type { HandOver } from "@roadrunner/engine/api";
import { EXIT } from "../usage/exit-codes.ts";
import type { Refusal } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";
import type { CoordinatorClient } from "./client.ts";
import { PATIENCE_MS } from "./follow-events.ts";

const AGAIN_MS = 500;

export interface HandOverOptions {
  /** Behind the run's id in a command that is named to the operator. */
  readonly word?: string;
  /** For a coordinator that went away. */
  readonly patienceMs?: number;
}

/**
 * Hands a run over. Where the coordinator goes away before it has answered, it is handed over again, under the same id, and
 * so is one run, however often it arrives. The error says whether it can have been taken.
 */
export async function handOverOnce(
  client: CoordinatorClient,
  handOver: HandOver,
  { word = "", patienceMs = PATIENCE_MS }: HandOverOptions = {},
): Promise<Result<string, Refusal>> {
  const unclear = whether(handOver.run, word);
  const onSignal = (): void => {
    say(unclear);
    process.exit(EXIT.cancelled);
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, onSignal);
  try {
    return await untilTaken(client, handOver, unclear, patienceMs);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

async function untilTaken(
  client: CoordinatorClient,
  handOver: HandOver,
  unclear: string,
  patienceMs: number,
): Promise<Result<string, Refusal>> {
  let until: number | undefined;
  for (;;) {
    const taken = await client.handOver(handOver);
    if (taken.ok) return taken;
    const { kind, refusal } = taken.error;
    const mayHaveIt = kind === "cut" || (until !== undefined && kind === "away");
    if (!mayHaveIt) {
      const became = until === undefined ? "Nothing was handed over." : unclear;
      return fail({ ...refusal, lines: [...refusal.lines, became] });
    }
    if (until === undefined)
      say(`${refusal.lines[0]}; it is handed over again, for ${patienceMs / 1000} s at most`);
    until ??= performance.now() + patienceMs;
    if (performance.now() >= until)
      return fail({ lines: [...refusal.lines, unclear], code: EXIT.infrastructure });
    await sleep(AGAIN_MS);
  }
}

function whether(run: string, word: string): string {
  return `Whether the coordinator has run ${run} is not known: rr-submit attach ${run}${word} shows it, or that there is none.`;
}
