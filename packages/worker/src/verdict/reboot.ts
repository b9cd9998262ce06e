import { setTimeout as sleep } from "node:timers/promises";
import type { HostBoot } from "@roadrunner/core";
import { parseProcess } from "../program/marks.ts";
import { freshNonce } from "../visit/nonce.ts";
import { entryOf } from "../program/entry.ts";
import { readAnswer } from "../visit/record-answer.ts";
import type { RemoteEnd } from "../program/remote-task.ts";
import type { RunRequest } from "../visit/run-request.ts";
import { upText } from "../program/sudo-password.ts";
import { visit, type VisitEnd } from "../visit/visit.ts";

const FIRST_POLL_MS = 1000;
const LAST_POLL_MS = 5000;
/** The last poll gets this much, however little is left. */
const LEAST_MS = 2000;

/**
 * A command that takes its host down has done so when it ended well, when a signal ended it (the system's
 * shutdown kills it) or when nobody could learn its end. Any other end is the command's own failure; or it did not run.
 */
export function mayHaveRebooted({ outcome, signal, changed }: RemoteEnd): boolean {
  if (changed === false) return false;
  return outcome === "ok" || outcome === "unknown" || (outcome === "failed" && signal !== undefined);
}

/** The boot id under which the command began, by what its visit or its record said, or who asked before. */
export function bootIdOfStart(end: VisitEnd, began: HostBoot | undefined): string | undefined {
  const answer = readAnswer(end.marks);
  if (answer?.kind === "running") return answer.process.bootId;
  if (answer?.kind === "ended" || answer?.kind === "unknown") return answer.bootId;
  return began?.bootId;
}

/** Waits until the host is back with another boot id than `bootId`. */
export async function awaitReboot(request: RunRequest, end: RemoteEnd, bootId: string): Promise<RemoteEnd> {
  const { task, signal, log } = request;
  const startedAt = performance.now();
  const timeoutMs = task.reboot?.timeoutMs ?? 0;
  const durationMs = (): number => (end.durationMs ?? 0) + performance.now() - startedAt;
  let last: Seen = { kind: "unreachable", reason: "not asked yet" };
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 1.5, LAST_POLL_MS)) {
    const leftMs = timeoutMs - (performance.now() - startedAt);
    last = await askBootId(request, Math.max(LEAST_MS, leftMs));
    log.debug("waiting for a reboot", { host: task.host, seen: last.kind });
    if (last.kind === "up" && last.bootId !== bootId) return { ...rebooted(end), durationMs: durationMs() };
    if (signal?.aborted === true) {
      const reason = "stopped while its reboot was waited for";
      return { ...bare(end), outcome: "cancelled", blame: "submission", reason, durationMs: durationMs() };
    }
    if (last.kind === "unreachable" && last.final === true) break;
    if (performance.now() - startedAt + pollMs > timeoutMs) break;
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
  const seconds = Math.round(timeoutMs / 1000);
  if (last.kind === "up") {
    const reason = `the host did not go down: after ${seconds} s (rebootTimeout) it still has boot id ${bootId}`;
    return { ...end, outcome: "failed", blame: "host", reason, durationMs: durationMs() };
  }
  const reason = `the host is not back ${seconds} s (rebootTimeout) after its reboot: ${last.reason}`;
  return { ...bare(end), outcome: "timedOut", blame: "host", reason, durationMs: durationMs() };
}

type Seen =
  | { readonly kind: "up"; readonly bootId: string }
  | { readonly kind: "unreachable"; readonly reason: string; readonly final?: boolean };

/** A host that has just come up may be slow, but not longer than is left. */
async function askBootId({ connect, signal, task }: RunRequest, leftMs: number): Promise<Seen> {
  const late = AbortSignal.timeout(Math.ceil(leftMs));
  const bound = signal === undefined ? late : AbortSignal.any([signal, late]);
  const lease = await connect(bound);
  if (!lease.ok) return { kind: "unreachable", reason: lease.error.message };
  const nonce = freshNonce();
  const entry = entryOf({}, nonce, { server: lease.value.server });
  const helloMs = task.connectTimeoutMs;
  try {
    const program = { ...entry, body: upText(nonce) };
    const end = await visit({ lease: lease.value, program, nonce, helloMs, endMs: helloMs, signal: bound });
    const start = end.marks.find(({ word }) => word === "start");
    const bootId = start === undefined ? undefined : parseProcess(start.args)?.bootId;
    if (bootId !== undefined) return { kind: "up", bootId };
    return {
      kind: "unreachable",
      reason: end.unruly ?? end.problem?.message ?? "it took the connection and did not answer",
      final: end.unruly !== undefined,
    };
  } finally {
    lease.value.release();
  }
}

/** A signal or an unknown end was the reboot's doing. */
function rebooted(end: RemoteEnd): RemoteEnd {
  const { exitCode, signal: _signal, ...rest } = bare(end);
  return { ...rest, ...(end.outcome === "ok" && exitCode !== undefined ? { exitCode } : {}), outcome: "ok" };
}

/** Without what a failure says. */
function bare(end: RemoteEnd): Omit<RemoteEnd, "reason" | "blame" | "noRetry" | "mayBeRunning"> {
  const { reason: _reason, blame: _blame, noRetry: _noRetry, mayBeRunning: _mayBeRunning, ...rest } = end;
  return rest;
}
