import { formatServer } from "@roadrunner/core/gearman";
import type { WorkerStanding } from "../daemon/life/standing.ts";

/** Why the worker grabs no task at the moment, one line each; none: it grabs as places come free. */
export function reasonsNotReady(
  standing: Pick<WorkerStanding, "life" | "ownFault" | "links">,
): readonly string[] {
  const reasons: string[] = [];
  if (standing.life !== "running") reasons.push(`${standing.life}: it was told to leave`);
  if (standing.ownFault !== undefined) reasons.push(`not grabbing: ${standing.ownFault}`);
  if (!standing.links.some(({ state }) => state.type === "up")) {
    reasons.push(`connected to no job server: ${standing.links.map(describeLink).join("; ")}`);
  }
  return reasons;
}

function describeLink({ server, state }: WorkerStanding["links"][number]): string {
  const name = formatServer(server);
  switch (state.type) {
    case "connecting":
      return state.lastError ?? `${name}: connecting`;
    case "down":
      return `${name}: ${state.reason}`;
    case "idle":
    case "up":
    case "closed":
      return `${name}: ${state.type}`;
  }
}
