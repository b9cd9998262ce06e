import type { Fleet, ServerStanding, WorkerStanding } from "@roadrunner/engine/api";
import { safeValue } from "../text/safe-events.ts";
import { tableText } from "../text/table.ts";
import { untilText } from "../text/until-text.ts";

/** What a coordinator says of itself; `problem`: it could not be asked. */
export interface CoordinatorStanding {
  readonly address: string;
  readonly problem?: string;
  /** False: it is not well, for these reasons. */
  readonly ok?: boolean;
  readonly reasons?: readonly string[];
  readonly version?: string;
  readonly store?: string;
  /** Runs that it carries now. */
  readonly carried?: number;
  /** As whom it was asked; absent: as whoever owns its socket. */
  readonly login?: { readonly principal: string; readonly role: string; readonly expires: string };
  /** Why nobody could be logged in. */
  readonly noLogin?: string;
  /** Its job servers and the workers on them, as it sees them. */
  readonly fleet?: Fleet;
  /** Why it does not tell of them. */
  readonly noFleet?: string;
}

/** The job servers that were asked from here, and workers on them. */
export interface Standing extends Fleet {
  /** Where one is named. */
  readonly coordinator?: CoordinatorStanding;
}

/** Servers, what waits and runs on them, and the workers with their health. */
export function statusText(standing: Standing): readonly string[] {
  const { coordinator, ...fleet } = safeValue(standing);
  if (coordinator === undefined) return fleetText(fleet, ITS_SERVERS.here);
  const own = [...coordinatorText(coordinator), ...ownFleetText(coordinator)];
  return fleet.servers.length === 0 ? own : [...own, "", ...fleetText(fleet, ITS_SERVERS.here)];
}

const ITS_SERVERS = {
  here: "no job server answers, so nothing is known of workers; start gearmand, or name it: --servers host:port",
  there:
    "no job server answers it, so nothing is known of workers; start gearmand, or name it to rr-coordinator: --servers host:port",
};

/** What a coordinator tells of its own job servers, by the same words. */
function ownFleetText({ fleet, noFleet }: CoordinatorStanding): readonly string[] {
  if (fleet !== undefined) return ["its job servers and workers:", ...fleetText(fleet, ITS_SERVERS.there)];
  return noFleet === undefined ? [] : [`  its job servers and workers: ${noFleet}`];
}

/** @param noneAnswers what is told where no job server answers */
function fleetText({ servers, workers }: Fleet, noneAnswers: string): readonly string[] {
  const lines: string[] = [];
  for (const server of servers) lines.push(...serverText(server));
  lines.push("");
  const up = servers.filter(({ problem }) => problem === undefined);
  const [telling] = up.filter(({ admin }) => admin !== false);
  if (up.length === 0) {
    return [...lines, noneAnswers];
  }
  if (telling === undefined) {
    return [...lines, "nobody can tell of workers there: a run shows whether some are"];
  }
  if (workers.length === 0) {
    return [...lines, `no rr-worker is registered; start one: rr-worker --servers ${telling.server}`];
  }
  const rows = workers.map((worker) => [
    worker.id,
    worker.pools.map((pool) => (pool === "" ? "(default)" : pool)).join(",") || "none",
    worker.running === undefined ? "?" : `${worker.running} of ${worker.places}`,
    connectionsText(worker),
    worker.problem ?? worker.state ?? "",
    worker.version ?? "",
    worker.servers.join(","),
  ]);
  return [
    ...lines,
    ...tableText(["worker", "pool", "places busy", "connections", "health", "version", "on"], rows),
  ];
}

function connectionsText({ problem, version, connections = {} }: WorkerStanding): string {
  const texts = Object.entries(connections).map(([carrier, count]) => `${count} ${carrier}`);
  return texts.join(", ") || (problem === undefined && version !== undefined ? "none" : "");
}

function coordinatorText(standing: CoordinatorStanding): readonly string[] {
  const { address, problem, ok, reasons = [], version, store, carried = 0, login, noLogin } = standing;
  if (problem !== undefined) return [`coordinator ${address}: ${problem}`];
  const runs = carried === 1 ? "1 run" : `${carried} runs`;
  const state = ok === true ? "it is well" : "it is not well";
  const told = version === undefined ? state : `version ${version}, carries ${runs}, store ${store}`;
  const head = `coordinator ${address}: ${told}`;
  return [
    head,
    ...(ok === true ? [] : reasons.map((reason) => `  not well: ${reason}`)),
    ...(login === undefined
      ? []
      : [`  logged in as ${login.principal}, role ${login.role}, until ${untilText(login.expires)}`]),
    ...(noLogin === undefined ? [] : [`  not logged in: ${noLogin}`]),
  ];
}

function serverText({ server, version, problem, admin, functions }: ServerStanding): readonly string[] {
  if (problem !== undefined) return [`${server}: ${problem}`];
  if (admin === false)
    return [`${server}: takes jobs; it has no admin protocol to tell of functions and workers`];
  const head = `${server}: ${version === undefined ? "answers" : `version ${version}`}`;
  if (functions.length === 0)
    return [head, "  no function of Roadrunner is known there: no rr-worker has been here"];
  const rows = functions.map((row) => [row.name, row.queued, row.running, row.workers]);
  return [head, ...indented(tableText(["function", "queued", "running", "workers"], rows))];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
