import { defined, poolOf, runFunction, type RunPlan } from "@roadrunner/core";
import { adminStatus, formatServer, parseServers, type ServerAddress } from "@roadrunner/core/gearman";
import { functionsOf, startWorkerLine, workersFor } from "@roadrunner/engine";
import type { ServerStanding } from "@roadrunner/engine/api";
import type { CoordinatorClient } from "../coordinator/index.ts";
import { inOneLine } from "../usage/refusal.ts";

/** What is known of one function on one job server; `workers` undefined: nothing, and `problem` says why. */
export interface Serving {
  readonly function: string;
  /** Or the coordinator, where it does not tell of its job servers. */
  readonly server: string;
  readonly workers?: number;
  readonly problem?: string;
  /** The command that starts a worker for it. */
  readonly start?: string;
}

/** Asks each job server how many workers serve the functions of a plan. */
export async function servingOn(
  servers: readonly ServerAddress[],
  plan: RunPlan,
): Promise<readonly Serving[]> {
  const answers = await Promise.all(
    servers.map(async (server) => ({ server, status: await adminStatus(server) })),
  );
  return functionsOf(plan).flatMap((name) =>
    answers.map(({ server, status }) => ({
      function: name,
      server: formatServer(server),
      ...(status.ok
        ? { workers: workersFor(status.value, name), start: startWorkerLine(server, name) }
        : { problem: status.error.reason }),
    })),
  );
}

/** The same of a coordinator's job servers, by its word: which they are is its own affair. */
export async function servingFor(client: CoordinatorClient, plan: RunPlan): Promise<readonly Serving[]> {
  const fleet = await client.fleet();
  return functionsOf(plan).flatMap((name): readonly Serving[] =>
    fleet.ok
      ? fleet.value.servers.map((standing) => servingBy(standing, name))
      : [{ function: name, server: client.name, problem: inOneLine(fleet.error.refusal) }],
  );
}

function servingBy({ server, problem, admin, functions }: ServerStanding, name: string): Serving {
  if (problem !== undefined) return { function: name, server, problem: `${server}: ${problem}` };
  if (admin === false) return { function: name, server, problem: `${server} does not tell of its workers` };
  const address = parseServers(server);
  const [only] = address.ok ? address.value : [];
  // Whoever runs a pool's tasks is asked of its gates as well, and the coordinator tells of the tasks' functions alone.
  const workers = workersFor(functions, runFunction(poolOf(name)));
  return { function: name, server, workers, ...defined({ start: only && startWorkerLine(only, name) }) };
}

export function servingLine({ function: name, server, workers, problem, start }: Serving): string {
  if (workers === undefined) return `${name}: cannot tell whether a worker serves it: ${problem ?? server}`;
  if (workers === 0)
    return `${name}: no worker serves it on ${server}${start === undefined ? "" : `; start one: ${start}`}`;
  return `${name}: served by ${workers === 1 ? "1 worker" : `${workers} workers`} on ${server}`;
}
