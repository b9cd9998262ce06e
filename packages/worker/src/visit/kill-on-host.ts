import { setTimeout as sleep } from "node:timers/promises";
import { fail, succeed, type Result } from "@roadrunner/core";
import { givePassword } from "./give-password.ts";
import { killProgram, withdrawProgram, type KillOrder, type RecordedTask } from "../program/kill-program.ts";
import { explainNoHello } from "./login-shell.ts";
import type { RemoteProcess } from "../program/marks.ts";
import { freshNonce } from "./nonce.ts";
import type { RemoteProgram } from "../program/program.ts";
import { readAnswer, type RecordAnswer } from "./record-answer.ts";
import { digestOf } from "../program/record.ts";
import type { RemoteTask } from "../program/remote-task.ts";
import type { Connect } from "./run-request.ts";
import { LATE, visit, type VisitEnd } from "./visit.ts";

export type KillEnd =
  | {
      readonly kind: "killed";
      /** The command had no use of its own for TERM: it ended by itself, unless its exit code is that of a signal. */
      readonly bySignal?: true;
    }
  /** Nothing of it ran any more, and no record tells its end. */
  | { readonly kind: "gone" }
  /** Still there after KILL: processes of another user, or of no use for signals. */
  | { readonly kind: "left"; readonly pids: readonly number[] }
  /** The host could not be asked. */
  | { readonly kind: "failed"; readonly reason: string }
  | RecordAnswer;

/** A host that cannot be reached is tried again this often as long as connecting may take. */
const PATIENCE = 4;
/** What the small programs may take, on a host without a sleep of less than a second, beside the grace of a kill. */
const PROGRAM_MS = 30_000;

/**
 * Kills a command from a second channel, on a kept connection or a new one, trying again for a while where
 * the host cannot be reached. Of a `once` task the record says what to kill, so any worker may do it; one
 * that has not begun is withdrawn.
 */
export async function killOnHost(task: RecordedTask, order: KillOrder, connect: Connect): Promise<KillEnd> {
  const result = await askToKill(task, order, connect);
  return result.ok ? readKill(result.value) : { kind: "failed", reason: result.error };
}

/** Ends `unless` where it is still asked, in the same way. Undefined: nothing was ended, and the command may run. */
export async function endAsking(
  task: RecordedTask,
  process: RemoteProcess,
  connect: Connect,
): Promise<KillEnd | undefined> {
  const result = await askToKill(task, { cause: "cancelled", process, spares: true }, connect);
  const kill = result.ok ? readKill(result.value) : undefined;
  return kill?.kind === "killed" || kill?.kind === "left" || kill?.kind === "withdrawn" ? kill : undefined;
}

function askToKill(
  task: RecordedTask,
  order: KillOrder,
  connect: Connect,
): Promise<Result<VisitEnd, string>> {
  // A program that owns its session proves that setsid is there.
  const withoutSetsid = order.process?.ownsSession === false;
  return ask(task, connect, task.killGraceMs + PROGRAM_MS, (nonce, server) =>
    killProgram(task, order, nonce, { server, withoutSetsid }),
  );
}

/** Makes sure that an attempt of a `once` task never starts, or learns what became of it. */
export async function withdraw(task: RemoteTask, connect: Connect): Promise<Result<RecordAnswer, string>> {
  const result = await ask(task, connect, PROGRAM_MS, (nonce, server) =>
    withdrawProgram(task, digestOf(task), nonce, { server }),
  );
  if (!result.ok) return result;
  const answer = readAnswer(result.value.marks);
  return answer === undefined ? fail("the host did not say what its record holds") : succeed(answer);
}

function readKill({ marks }: VisitEnd): KillEnd {
  for (const { word, args } of marks) {
    if (word === "killed") return { kind: word, ...(args[0] === "signal" ? { bySignal: true } : {}) };
    if (word === "gone") return { kind: word };
    if (word === "left") return { kind: "left", pids: args.map(Number) };
  }
  return (
    readAnswer(marks) ?? {
      kind: "failed",
      reason: "the channel ended before the host said that the kill was done",
    }
  );
}

interface Refused {
  readonly reason: string;
  /** Asking again would end alike. */
  readonly final?: true;
}

type ProgramFor = (nonce: string, server: string) => RemoteProgram;

/** Has a small program say its word, trying again for a while; bounded however the host behaves. */
async function ask(
  task: RecordedTask,
  connect: Connect,
  programMs: number,
  programFor: ProgramFor,
): Promise<Result<VisitEnd, string>> {
  const patienceMs = PATIENCE * task.connectTimeoutMs;
  const end = performance.now() + patienceMs;
  const signal = AbortSignal.timeout(patienceMs + programMs);
  for (let delayMs = 500; ; delayMs = Math.min(delayMs * 2, 10_000)) {
    const result = await askOnce(task, connect, programMs, programFor, signal);
    if (result.ok) return result;
    if (result.error.final === true || performance.now() + delayMs > end) return fail(result.error.reason);
    await sleep(delayMs);
  }
}

/** One visit; an error where the program could not say its word. */
async function askOnce(
  task: RecordedTask,
  connect: Connect,
  endMs: number,
  programFor: ProgramFor,
  signal: AbortSignal,
): Promise<Result<VisitEnd, Refused>> {
  const lease = await connect(signal);
  if (!lease.ok) return fail({ reason: lease.error.message });
  const nonce = freshNonce();
  const { server, user } = lease.value;
  try {
    const end = await visit({
      lease: lease.value,
      program: programFor(nonce, server),
      nonce,
      helloMs: task.connectTimeoutMs,
      endMs,
      signal,
      onPassword: (given) => givePassword(task, nonce, connect, given),
    });
    if (end.unruly !== undefined) return fail({ reason: `the host misbehaves: ${end.unruly}`, final: true });
    if (end.marks.some(({ word }) => word === "end")) return succeed(end);
    if (end.problem !== undefined) return fail({ reason: end.problem.message });
    if (end.late !== undefined)
      return fail({ reason: `the host fell silent: ${LATE[end.late]} came in time` });
    const { channelEnd } = end;
    if (end.reached === "asked" && channelEnd !== undefined && channelEnd.kind !== "lost") {
      const become = task.become !== undefined;
      return fail({ reason: explainNoHello({ user, become, end: channelEnd, text: end.noise }) });
    }
    return fail({ reason: "the channel ended before the host had answered" });
  } finally {
    lease.value.release();
  }
}
