import { randomBytes } from "node:crypto";
import { controlFunction, encodeControl, parseControlAnswer, type ControlAnswer } from "@roadrunner/core";
import { GearmanClient, type ServerAddress } from "@roadrunner/core/gearman";
import { waitForServer } from "../submit/gearman-link.ts";
import { nonce } from "../submit/run-id.ts";
import type { Wrapping } from "../submit/wrapping.ts";

/** A worker answers on a connection of its own, whatever it runs: one that takes longer is not well. */
const ANSWER_MS = 3000;

/** Asks workers on one job server how they stand; undefined stands for no answer. */
export async function askWorkers(
  server: ServerAddress,
  ids: readonly string[],
  wrapping: Wrapping,
): Promise<ReadonlyMap<string, ControlAnswer | undefined>> {
  const answers = new Map<string, ControlAnswer | undefined>();
  if (ids.length === 0) return answers;
  const gearman = new GearmanClient({ servers: [server], maxInFlight: ids.length });
  gearman.start();
  try {
    const connected = await waitForServer(gearman, ANSWER_MS);
    if (!connected.ok) return new Map(ids.map((id) => [id, undefined]));
    await Promise.all(ids.map(async (id) => answers.set(id, await ask(gearman, id, wrapping))));
    return answers;
  } finally {
    await gearman.close();
  }
}

async function ask(
  gearman: GearmanClient,
  id: string,
  wrapping: Wrapping,
): Promise<ControlAnswer | undefined> {
  const functionName = controlFunction(id);
  const unique = `status-${nonce(16, randomBytes)}`;
  const status = encodeControl({ type: "status" });
  const wrapped = wrapping.wrap("control", { function: functionName, unique }, status);
  const result = await gearman.submit({
    functionName,
    unique,
    workload: wrapped.text,
    timeoutMs: ANSWER_MS,
  }).result;
  if (result.kind !== "complete") return undefined;
  const opened = wrapped.open(result.data.toString("utf8"), true);
  if (!opened.ok) return undefined;
  const answer = parseControlAnswer(opened.value.text);
  return answer.ok ? answer.value : undefined;
}
