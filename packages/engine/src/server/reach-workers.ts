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

/** A job server that answers, with a worker for every function that is needed, as far as can be told. */
export interface Reached {
  readonly gearman: GearmanClient;
  readonly watch: WorkerWatch;
  readonly serverNames: string;
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
  const serverNames = servers.map(formatServer).join(", ");
  const gearman = new GearmanClient({ servers, maxInFlight: options["max-in-flight"] + CONTROL_IN_FLIGHT });
  gearman.start();
  const refuse = async (...lines: string[]): Promise<Result<Reached, readonly string[]>> => {
    await gearman.close();
    return fail(lines);
  };
  const connected = await waitForServer(gearman, Math.min(FIRST_CONNECT_MS, options["server-timeout"]));
  if (!connected.ok) {
    return refuse(
      `no Gearman job server answers at ${serverNames}: ${connected.error}`,
      "Start one (gearmand), name it with --servers host:port, or run without one, from this box alone: --local.",
    );
  }
  const watch = new WorkerWatch(() => (embedded ? undefined : serverInUse(gearman)));
  const served = await watch.waitForAll(functions, options["wait-for-workers"]);
  if (!served.ok) {
    const server = connected.value;
    const older = await servedByOlder(served.error, watch);
    return refuse(
      `no worker serves ${served.error.join(", ")} on ${formatServer(server)}: nothing was sent`,
      ...served.error.map((name) =>
        older.has(name)
          ? `The workers of ${runFunction(poolOf(name))} are older and ask no gates: start them anew with this version`
          : `Start one: ${startWorkerLine(server, name)}`,
      ),
    );
  }
  const silent = served.value === "cannotTell" && !embedded;
  return succeed({ gearman, watch, serverNames, embedded, warnings: silent ? [CANNOT_TELL] : [] });
}

/** Those by which gates are asked, where the same pool has workers that run tasks: they know nothing of gates. */
async function servedByOlder(names: readonly string[], watch: WorkerWatch): Promise<ReadonlySet<string>> {
  const ofGates = names.filter(isGateFunction);
  if (ofGates.length === 0) return new Set();
  const served = await watch.served(ofGates.map((name) => runFunction(poolOf(name))));
  return new Set(ofGates.filter((name) => served.get(runFunction(poolOf(name))) === "served"));
}
