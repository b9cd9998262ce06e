import { randomBytes } from "node:crypto";
import {
  controlFunction,
  encodeControl,
  fail,
  parseControlAnswer,
  type ControlAnswer,
  type Result,
} from "@roadrunner/core";
import { GearmanClient, type ServerAddress } from "@roadrunner/core/gearman";
import type { Wrapping } from "../protect/wrapping.ts";
import { nonce } from "../run-id.ts";
import { waitForServer } from "../server/gearman-link.ts";

/** A worker answers on a connection of its own, whatever it runs: one that takes longer is not well. */
const ANSWER_MS = 3000;

/** How a worker stands, by its own word; the error is what is known instead. */
export type Asked = Result<ControlAnswer, string>;

const SILENT: Asked = fail("does not answer");

/** Asks workers on one job server how they stand. */
export async function askWorkers(
  server: ServerAddress,
  ids: readonly string[],
  wrapping: Wrapping,
): Promise<ReadonlyMap<string, Asked>> {
  const answers = new Map<string, Asked>();
  if (ids.length === 0) return answers;
  const gearman = new GearmanClient({ servers: [server], maxInFlight: ids.length });
  gearman.start();
  try {
    const connected = await waitForServer(gearman, ANSWER_MS);
    if (!connected.ok) return new Map(ids.map((id) => [id, SILENT]));
    await Promise.all(ids.map(async (id) => answers.set(id, await ask(gearman, id, wrapping))));
    return answers;
  } finally {
    await gearman.close();
  }
}

async function ask(gearman: GearmanClient, id: string, wrapping: Wrapping): Promise<Asked> {
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
  if (result.kind !== "complete") return SILENT;
  const text = result.data.toString("utf8");
  const opened = wrapped.open(text, true);
  if (!opened.ok) return fail(unopenedText(text, opened.error));
  const answer = parseControlAnswer(opened.value.text);
  if (!answer.ok) return fail("does not answer as an rr-worker does");
  const { ok, reason = "no reason is given" } = answer.value;
  // Unsealed where the worker seals, it tells its numbers all the same.
  return ok || wrapped.takenUntilMs === undefined ? answer : fail(`refuses the question: ${reason}`);
}

/** What can be told of an answer that is not believed: whoever cannot open the question answers unsealed. */
function unopenedText(text: string, why: string): string {
  const plain = parseControlAnswer(text);
  if (!plain.ok) return `answers, and it ${why}`;
  const { state, reason = "no reason is given" } = plain.value;
  return state === "sealed"
    ? `refuses the question: ${reason}; compare its pool key file with yours`
    : "answers unsealed: it has no pool key; start it with --pool-key-file, or ask without";
}
