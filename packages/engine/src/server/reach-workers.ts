import { fail, isGateFunction, poolOf, runFunction, succeed, type Result } from "@roadrunner/core";
import { formatServer, GearmanClient, type ServerAddress } from "@roadrunner/core/gearman";
import { serverInUse, waitForServer } from "./gearman-link.ts";
import { startWorkerLine } from "./start-worker-line.ts";
import { WorkerWatch } from "./worker-watch.ts";

/** How long the first connection may take before the servers are named as not there. */
const FIRST_CONNECT_MS = 8000;
/** Most control messages in flight, beside the tasks. */
const CONTROL_IN_FLIGHT = 10_000;

const CANNOT_TELL =
  "the job server does not answer the admin protocol: it cannot be told yet whether workers are there";

/** A connection to job servers, up or not, and who can be asked there for workers. */
export interface WorkerLink {
  readonly gearman: GearmanClient;
  readonly watch: WorkerWatch;
  readonly serverNames: string;
}

/** A job server that answers, with a worker for every function that is needed, as far as can be told. */
export interface Reached extends WorkerLink {
  /** It is this process's own, and so is its worker. */
  readonly embedded: boolean;
  readonly warnings: readonly string[];
}

/** As on the command line; times in milliseconds. */
export interface ReachOptions {
  readonly "max-in-flight": number;
  readonly "server-timeout": number;
  readonly "wait-for-workers": number;
}

/** What keeps tasks from being taken. */
export interface Unreached {
  readonly what: string;
  readonly cures: readonly string[];
}

/** Begins to connect, and goes on for as long as the link is not closed. */
export function linkTo(
  servers: readonly ServerAddress[],
  { "max-in-flight": maxInFlight }: Pick<ReachOptions, "max-in-flight">,
  embedded = false,
): WorkerLink {
  const gearman = new GearmanClient({ servers, maxInFlight: maxInFlight + CONTROL_IN_FLIGHT });
  gearman.start();
  const watch = new WorkerWatch(() => (embedded ? undefined : serverInUse(gearman)));
  return { gearman, watch, serverNames: servers.map(formatServer).join(", ") };
}

/** Waits until somebody would take the tasks, as far as can be told. */
export async function lookForWorkers(
  { gearman, watch, serverNames }: WorkerLink,
  functions: readonly string[],
  options: Omit<ReachOptions, "max-in-flight">,
): Promise<Result<"served" | "cannotTell", Unreached>> {
  const connected = await waitForServer(gearman, Math.min(FIRST_CONNECT_MS, options["server-timeout"]));
  if (!connected.ok)
    return fail({
      what: `no Gearman job server answers at ${serverNames}: ${connected.error}`,
      cures: [
        "Start one (gearmand), name it with --servers host:port, or run without one, from this box alone: --local.",
      ],
    });
  const served = await watch.waitForAll(functions, options["wait-for-workers"]);
  if (served.ok) return served;
  const server = connected.value;
  const older = await servedByOlder(served.error, watch);
  return fail({
    what: `no worker serves ${served.error.join(", ")} on ${formatServer(server)}`,
    cures: served.error.map((name) =>
      older.has(name)
        ? `The workers of ${runFunction(poolOf(name))} are older and ask no gates: start them anew with this version`
        : `Start one: ${startWorkerLine(server, name)}`,
    ),
  });
}

/**
 * Connects and checks that somebody would take the tasks. The error is what to tell the operator; then nothing is
 * left open. An embedded server has its worker and no admin protocol.
 */
export async function reachWorkers(
  servers: readonly ServerAddress[],
  functions: readonly string[],
  options: ReachOptions,
  embedded: boolean,
): Promise<Result<Reached, readonly string[]>> {
  const link = linkTo(servers, options, embedded);
  const looked = await lookForWorkers(link, functions, options);
  if (!looked.ok) {
    await link.gearman.close();
    return fail([`${looked.error.what}: nothing was sent`, ...looked.error.cures]);
  }
  const silent = looked.value === "cannotTell" && !embedded;
  return succeed({ ...link, embedded, warnings: silent ? [CANNOT_TELL] : [] });
}

/** Those by which gates are asked, where the same pool has workers that run tasks: they know nothing of gates. */
async function servedByOlder(names: readonly string[], watch: WorkerWatch): Promise<ReadonlySet<string>> {
  const ofGates = names.filter(isGateFunction);
  if (ofGates.length === 0) return new Set();
  const served = await watch.served(ofGates.map((name) => runFunction(poolOf(name))));
  return new Set(ofGates.filter((name) => served.get(runFunction(poolOf(name))) === "served"));
}
