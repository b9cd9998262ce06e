import type { Lease } from "../../transport/transport.ts";
import { mayBeKept, shellName } from "../../program/kept-shell.ts";
import { parseProcess, type RemoteProcess } from "../../program/marks.ts";
import { readAsked } from "../../program/unless.ts";
import { sharesSessions, type ProgramRuntime } from "../../program/entry.ts";
import type { Heard } from "../heard.ts";
import type { RunRequest } from "../run-request.ts";
import { superviseVisit, type Supervised } from "../supervise.ts";
import type { VisitEnd } from "../visit.ts";
import { KeptShell } from "./kept-shell.ts";

/** How long a shell that is kept may take to answer: it does nothing else. */
const ANSWER_MS = 5000;
/** What a program says whose command ran and ended by itself, and of which nobody asked for more. */
const PLAIN_WORDS = new Set(["hello", "start", "asking", "asked", "claimed", "helpers", "running", "end"]);

/**
 * Runs a task in a shell that is kept, be it there already or made by this. Undefined: there is none, or it was of no
 * use, and nothing has begun.
 */
export async function visitShell(
  request: RunRequest,
  lease: Lease,
  runtime: ProgramRuntime,
  heard: Heard,
): Promise<Supervised | undefined> {
  const { shells, task } = request;
  if (shells === undefined || runtime.withoutSetsid === true) return undefined;
  if (task.sudoPassword !== undefined || task.freshLogin === true) return undefined;
  const name = shellName(task);
  for (let isSilent = false; ;) {
    const kept: KeptShell | undefined = isSilent ? undefined : await shells.take(lease.connectionId, name);
    const shell = kept ?? (mayBeKept(task) ? new KeptShell(name, task.become) : undefined);
    if (shell === undefined) return undefined;
    const { supervised, isUnused } = await visitOn(shell, kept !== undefined, request, lease, runtime, heard);
    // It does nothing else but answer: what is between it and us may be dead, and the next one waits for nothing there.
    isSilent = kept !== undefined && isSilentEnd(supervised.visit);
    if (isSilent) lease.distrust();
    if (!isUnused) return supervised;
    if (kept === undefined) return undefined;
  }
}

async function visitOn(
  shell: KeptShell,
  isThere: boolean,
  request: RunRequest,
  lease: Lease,
  runtime: ProgramRuntime,
  heard: Heard,
): Promise<{ readonly supervised: Supervised; readonly isUnused: boolean }> {
  const { task, prune, log } = request;
  const program = shell.programFor(task, runtime, prune);
  const helloMs = isThere ? Math.min(ANSWER_MS, task.connectTimeoutMs) : task.connectTimeoutMs;
  const supervised = await superviseVisit(request, shell.lender(lease, task), program, heard, helloMs);
  const process = mayBeKept(task) ? plainProcess(supervised) : undefined;
  if (process === undefined) shell.end();
  else request.shells?.keep(lease.connectionId, shell, shell.settle(process, lease));
  const { visit } = supervised;
  const isUnused = isThere ? !hasSent(visit) || isUnstarted(visit, runtime) : isUnstarted(visit, runtime);
  if (isUnused) log.debug("a kept shell was of no use", { host: task.host, isThere });
  return { supervised: { ...supervised, visit: isUnused ? visit : withoutExit(visit) }, isUnused };
}

function isSilentEnd({ late, marks }: VisitEnd): boolean {
  return late !== undefined && marks.length === 0;
}

/** A refusal, a stop and a host that misbehaves are no fault of the shell. */
function hasSent({ reached, refusal, aborted, unruly }: VisitEnd): boolean {
  return reached === "sent" || refusal !== undefined || aborted === true || unruly !== undefined;
}

/**
 * The shell has ended before its task's program said a word, and so has all that could: OpenSSH closes a channel when
 * nobody can write to it any more.
 */
function isUnstarted(visit: VisitEnd, runtime: ProgramRuntime): boolean {
  const { reached, isClosed, channelEnd } = visit;
  if (reached !== "sent" || isClosed !== true || sharesSessions(runtime)) return false;
  return channelEnd?.kind !== "lost" && !hasStarted(visit);
}

/** How the shell ended says nothing of the program, which is another process. */
function withoutExit(visit: VisitEnd): VisitEnd {
  const { channelEnd } = visit;
  const hasExit = channelEnd?.kind === "exit" || channelEnd?.kind === "signal";
  return visit.reached === "sent" && hasExit && !hasStarted(visit)
    ? { ...visit, channelEnd: { kind: "closed" } }
    : visit;
}

function hasStarted({ marks }: VisitEnd): boolean {
  return marks.some(({ word }) => word === "start");
}

/** The program's process, where its task went as it should and nobody asked for its end. */
function plainProcess({ visit, stop }: Supervised): RemoteProcess | undefined {
  if (stop !== undefined || !visit.complete || visit.unruly !== undefined) return undefined;
  if (!visit.marks.every(({ word }) => PLAIN_WORDS.has(word))) return undefined;
  const [code = "-", cause = "-"] = visit.marks.find(({ word }) => word === "end")?.args ?? [];
  // Where `unless` says that it is done nothing ran.
  if (cause !== "-" || (code === "-" && readAsked(visit.marks)?.kind !== "done")) return undefined;
  return parseProcess(visit.marks.find(({ word }) => word === "start")?.args ?? []);
}
