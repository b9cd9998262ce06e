import type { Lease } from "../transport/transport.ts";
import { sharesSessions, type ProgramRuntime } from "../program/entry.ts";
import { remoteProgram } from "../program/program.ts";
import type { RemoteTask } from "../program/remote-task.ts";
import { visitShell } from "./kept/visit-shell.ts";
import type { Heard } from "./heard.ts";
import type { RunRequest } from "./run-request.ts";
import { superviseVisit, type Supervised } from "./supervise.ts";
import type { VisitEnd } from "./visit.ts";

/** Visits that may break before anything of the task was sent, each on a lease of its own. */
const MAX_TRIES = 3;

/**
 * Runs the program in one channel. A connection that broke before the body was written is replaced: a kept
 * one may have died unseen (dropbear ends its connection with the last channel). Where setsid is missing,
 * exec of it fails, likewise before anything was sent; then it goes without.
 */
export async function visitHost(request: RunRequest, first: Lease, heard: Heard): Promise<Supervised> {
  let lease = first;
  let withoutSetsid = false;
  for (let tries = 1; ; tries += 1) {
    const runtime: ProgramRuntime = { server: lease.server, withoutSetsid };
    const supervised = await visitOnce(request, lease, runtime, heard);
    if (!withoutSetsid && sharesSessions(runtime) && lacksSetsid(supervised.visit)) {
      request.log.debug("no setsid on the host", { host: request.task.host });
      withoutSetsid = true;
      continue;
    }
    const next =
      tries < MAX_TRIES && brokeEarly(supervised.visit) ? await request.connect(request.signal) : undefined;
    if (lease !== first) lease.release();
    if (next?.ok !== true) return supervised;
    lease = next.value;
    request.log.debug("connection broke before the command was sent", { host: request.task.host, tries });
  }
}

/** In a kept shell, or else in one of its own. */
async function visitOnce(
  request: RunRequest,
  lease: Lease,
  runtime: ProgramRuntime,
  heard: Heard,
): Promise<Supervised> {
  const withKept = { ...request, task: withMemory(request.task, heard) };
  const kept = await visitShell(withKept, lease, runtime, heard);
  if (kept !== undefined) return kept;
  const task = withMemory(request.task, heard);
  return superviseVisit({ ...request, task }, lease, remoteProgram(task, runtime, request.prune), heard);
}

function withMemory(task: RemoteTask, { askedBefore }: Heard): RemoteTask {
  return askedBefore === undefined ? task : { ...task, askedBefore };
}

function lacksSetsid({ reached, channelEnd, noise }: VisitEnd): boolean {
  return reached === "asked" && channelEnd?.kind === "exit" && channelEnd.code !== 0 && /setsid/.test(noise);
}

function brokeEarly({ reached, problem, channelEnd }: VisitEnd): boolean {
  if (reached === "sent") return false;
  if (problem !== undefined) return !problem.noRetry && problem.reason !== "aborted";
  return channelEnd?.kind === "lost";
}
