import { setTimeout as sleep } from "node:timers/promises";
import { fail, succeed, type Result } from "@roadrunner/core";
import { givePassword } from "./give-password.ts";
import { killProgram, withdrawProgram, type KillOrder, type RecordedTask } from "../program/kill-program.ts";
import { explainNoHello } from "./login-shell.ts";
import { freshNonce } from "./nonce.ts";
import type { RemoteProgram } from "../program/program.ts";
import { readAnswer, type RecordAnswer } from "./record-answer.ts";
import { digestOf } from "../program/record.ts";
import type { RemoteTask } from "../program/remote-task.ts";
import type { Connect } from "./run-request.ts";
import { visit, type VisitEnd } from "./visit.ts";

export type KillEnd =
  | { readonly kind: "killed" }
  /** Nothing of it ran any more, and no record tells its end. */
  | { readonly kind: "gone" }
  /** Still there after KILL: processes of another user, or of no use for signals. */
  | { readonly kind: "left"; readonly pids: readonly number[] }
  /** The host could not be asked. */
  | { readonly kind: "failed"; readonly reason: string }
  | RecordAnswer;

/** How long a host that cannot be reached is tried again. */
const PATIENCE_MS = 60_000;

/**
 * Kills a command from a second channel, on a kept connection or a new one, trying again for a minute where
 * the host cannot be reached. Of a `once` task the record says what to kill, so any worker may do it; one
 * that has not begun is withdrawn.
 */
export async function killOnHost(
  task: RecordedTask,
  order: KillOrder,
  connect: Connect,
  patienceMs = PATIENCE_MS,
): Promise<KillEnd> {
  // A program that owns its session proves that setsid is there.
  const withoutSetsid = order.process?.ownsSession === false;
  const result = await patiently(patienceMs, () =>
    ask(task, connect, (nonce, server) => killProgram(task, order, nonce, { server, withoutSetsid })),
  );
  return result.ok ? readKill(result.value) : { kind: "failed", reason: result.error };
}

/** Makes sure that an attempt of a `once` task never starts, or learns what became of it. */
export async function withdraw(
  task: RemoteTask,
  connect: Connect,
  patienceMs = PATIENCE_MS,
): Promise<Result<RecordAnswer, string>> {
  const result = await patiently(patienceMs, () =>
    ask(task, connect, (nonce, server) => withdrawProgram(task, digestOf(task), nonce, { server })),
  );
  if (!result.ok) return result;
  const answer = readAnswer(result.value.marks);
  return answer === undefined ? fail("the host did not say what its record holds") : succeed(answer);
}

function readKill({ marks }: VisitEnd): KillEnd {
  for (const { word, args } of marks) {
    if (word === "killed" || word === "gone") return { kind: word };
    if (word === "left") return { kind: "left", pids: args.map(Number) };
  }
  return (
    readAnswer(marks) ?? { kind: "failed", reason: "the channel ended before the kill was told to be done" }
  );
}

/** One visit that asks a small program; an error where it could not say its word. */
async function ask(
  task: RecordedTask,
  connect: Connect,
  programFor: (nonce: string, server: string) => RemoteProgram,
): Promise<Result<VisitEnd, string>> {
  const lease = await connect();
  if (!lease.ok) return fail(lease.error.message);
  const nonce = freshNonce();
  const { server, user } = lease.value;
  try {
    const end = await visit({
      lease: lease.value,
      program: programFor(nonce, server),
      nonce,
      helloMs: task.connectTimeoutMs,
      onPassword: (signal) => givePassword(task, nonce, connect, signal),
    });
    if (end.marks.some(({ word }) => word === "end")) return succeed(end);
    if (end.problem !== undefined) return fail(end.problem.message);
    const { channelEnd } = end;
    if (end.reached === "asked" && channelEnd !== undefined && channelEnd.kind !== "lost") {
      const become = task.become !== undefined;
      return fail(explainNoHello({ user, become, end: channelEnd, text: end.noise }));
    }
    return fail("the channel ended before the host had answered");
  } finally {
    lease.value.release();
  }
}

async function patiently<T>(
  patienceMs: number,
  attempt: () => Promise<Result<T, string>>,
): Promise<Result<T, string>> {
  const end = performance.now() + patienceMs;
  for (let delayMs = 500; ; delayMs = Math.min(delayMs * 2, 10_000)) {
    const result = await attempt();
    if (result.ok || performance.now() + delayMs > end) return result;
    await sleep(delayMs);
  }
}
