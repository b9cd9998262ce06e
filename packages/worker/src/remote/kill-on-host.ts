import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { killProgram, type KillTask } from "./kill-program.ts";
import { explainNoHello } from "./login-shell.ts";
import type { RemoteProcess } from "./marks.ts";
import { visit, type VisitEnd } from "./visit.ts";
import type { RemoteTask } from "./remote-task.ts";
import type { Connect } from "./run-request.ts";

export type KillEnd =
  | { readonly kind: "killed" }
  /** Nothing of it ran any more. */
  | { readonly kind: "gone" }
  /** Still there after KILL: processes of another user, or of no use for signals. */
  | { readonly kind: "left"; readonly pids: readonly number[] }
  /** The host could not be asked. */
  | { readonly kind: "failed"; readonly reason: string };

/** How long a host that cannot be reached is tried again for a kill. */
const PATIENCE_MS = 60_000;

/** Fresh for each visit. */
export function freshNonce(): string {
  return randomBytes(12).toString("hex");
}

/** Kills a command from a second channel, on a kept connection or a new one, trying again for a minute. */
export async function killOnHost(
  task: KillTask & Pick<RemoteTask, "connectTimeoutMs">,
  process: RemoteProcess,
  connect: Connect,
): Promise<KillEnd> {
  const end = performance.now() + PATIENCE_MS;
  for (let delayMs = 500; ; delayMs = Math.min(delayMs * 2, 10_000)) {
    const result = await tryToKill(task, process, connect);
    if (result.kind !== "failed" || performance.now() + delayMs > end) return result;
    await sleep(delayMs);
  }
}

async function tryToKill(
  task: KillTask & Pick<RemoteTask, "connectTimeoutMs">,
  process: RemoteProcess,
  connect: Connect,
): Promise<KillEnd> {
  const lease = await connect();
  if (!lease.ok) return { kind: "failed", reason: lease.error.message };
  const nonce = freshNonce();
  try {
    // A program that owns its session proves that setsid is there.
    const place = { server: lease.value.server, withoutSetsid: !process.ownsSession };
    const program = killProgram(task, process, nonce, place);
    const end = await visit({ lease: lease.value, program, nonce, helloMs: task.connectTimeoutMs });
    return readKill(end, lease.value.user, task.become !== undefined);
  } finally {
    lease.value.release();
  }
}

function readKill(end: VisitEnd, user: string, become: boolean): KillEnd {
  for (const { word, args } of end.marks) {
    if (word === "killed" || word === "gone") return { kind: word };
    if (word === "left") return { kind: "left", pids: args.map(Number) };
  }
  if (end.problem !== undefined) return { kind: "failed", reason: end.problem.message };
  if (end.reached === "asked" && end.channelEnd !== undefined && end.channelEnd.kind !== "lost") {
    return { kind: "failed", reason: explainNoHello({ user, become, end: end.channelEnd, text: end.noise }) };
  }
  return { kind: "failed", reason: "the channel ended before the kill was told to be done" };
}
