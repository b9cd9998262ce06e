import type { SshLease } from "../ssh/lease.ts";
import { sharesSessions, type ProgramPlace } from "./place.ts";
import { remoteProgram } from "./program.ts";
import type { RunRequest } from "./run-request.ts";
import { superviseVisit, type Supervised } from "./supervise.ts";

/** Where setsid is missing, exec of it fails before anything was sent; then without. */
export async function visitHost(request: RunRequest, lease: SshLease): Promise<Supervised> {
  const place: ProgramPlace = { server: lease.server };
  const program = remoteProgram(request.task, place, request.prune);
  const first = await superviseVisit(request, lease, program);
  const { reached, channelEnd, noise } = first.visit;
  const missing =
    reached === "asked" && channelEnd?.kind === "exit" && channelEnd.code !== 0 && /setsid/.test(noise);
  if (!missing || !sharesSessions(place)) return first;
  request.log.debug("no setsid on the host", { host: request.task.host });
  const without = remoteProgram(request.task, { ...place, withoutSetsid: true }, request.prune);
  return superviseVisit(request, lease, without);
}
