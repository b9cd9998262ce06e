import { CONTROL_PREFIX, defined, runFunction } from "@roadrunner/core";
import {
  adminStatus,
  adminVersion,
  adminWorkers,
  formatServer,
  GearmanClient,
  type ConnectedWorker,
  type ServerAddress,
} from "@roadrunner/core/gearman";
import type { Fleet, ServerStanding, WorkerStanding } from "../api/fleet-api.ts";
import type { Wrapping } from "../protect/wrapping.ts";
import { waitForServer } from "../server/gearman-link.ts";
import { askWorkers, type Asked } from "./ask-workers.ts";

const HANDSHAKE_MS = 3000;
/** Of one server with all its workers. */
const SERVER_MS = 5000;

interface AskedServer {
  readonly standing: ServerStanding;
  readonly connections: readonly ConnectedWorker[];
  readonly answers: ReadonlyMap<string, Asked>;
}

/** Asks job servers and workers how they stand, some seconds at most. It starts nothing. */
export async function askFleet(servers: readonly ServerAddress[], wrapping: Wrapping): Promise<Fleet> {
  const asked = await Promise.all(servers.map((server) => inTime(server, askServer(server, wrapping))));
  return { servers: asked.map((one) => one.standing), workers: workersOf(asked) };
}

async function inTime(server: ServerAddress, asked: Promise<AskedServer>): Promise<AskedServer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<AskedServer>((resolve) => {
    const problem = `does not tell within ${SERVER_MS / 1000} s how it stands`;
    timer = setTimeout(() => resolve(untold(formatServer(server), { problem })), SERVER_MS);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

function untold(server: string, why: Pick<ServerStanding, "admin" | "problem">): AskedServer {
  return { standing: { server, ...why, functions: [] }, connections: [], answers: new Map() };
}

async function askServer(server: ServerAddress, wrapping: Wrapping): Promise<AskedServer> {
  const name = formatServer(server);
  const [version, status, workers] = await Promise.all([
    adminVersion(server),
    adminStatus(server),
    adminWorkers(server),
  ]);
  if (!status.ok) {
    const { kind, reason } = status.error;
    const silent = kind !== "unreachable" && (await speaksGearman(server));
    const told = silent ? { admin: false as const } : { problem: withoutName(reason, name) };
    return untold(name, told);
  }
  const isOurs = ({ name: row }: { name: string }): boolean =>
    row === runFunction() || row.startsWith(runFunction(""));
  const ids = status.value
    .filter((row) => row.name.startsWith(CONTROL_PREFIX) && row.workers > 0)
    .map((row) => row.name.slice(CONTROL_PREFIX.length));
  return {
    standing: {
      server: name,
      ...(version.ok ? { version: version.value } : {}),
      functions: status.value.filter(isOurs).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    },
    connections: workers.ok ? workers.value : [],
    answers: await askWorkers(server, ids, wrapping),
  };
}

/** Some job servers take jobs and have no admin protocol. */
async function speaksGearman(server: ServerAddress): Promise<boolean> {
  const gearman = new GearmanClient({ servers: [server] });
  gearman.start();
  const connected = await waitForServer(gearman, HANDSHAKE_MS);
  await gearman.close();
  return connected.ok;
}

/** Each worker once, however many servers it listens on. */
function workersOf(asked: readonly AskedServer[]): readonly WorkerStanding[] {
  const ids = new Set(asked.flatMap(({ answers }) => [...answers.keys()]));
  return [...ids].toSorted().map((id) => {
    const on = asked.filter(({ answers }) => answers.has(id));
    const told = on.flatMap(({ answers }) => answers.get(id) ?? []);
    const answer = told.find((one) => one.ok) ?? told[0];
    const own = on.flatMap(({ connections }) => connections.filter(({ clientId }) => clientId === id));
    const address = own[0]?.address;
    return {
      id,
      pools: poolsOf(own),
      servers: on.map(({ standing }) => standing.server),
      ...(address === undefined ? {} : { address }),
      ...(answer === undefined ? {} : wordOf(answer)),
    };
  });
}

function wordOf(asked: Asked): Partial<WorkerStanding> {
  if (!asked.ok) return { problem: asked.error };
  const { version, places, running, connections, state } = asked.value;
  return { version, places, running, state, ...defined({ connections }) };
}

function poolsOf(connections: readonly ConnectedWorker[]): readonly string[] {
  const functions = connections.flatMap((connection) => connection.functions);
  const pools = functions.flatMap((name) => {
    if (name === runFunction()) return [""];
    return name.startsWith(runFunction("")) ? [name.slice(runFunction("").length)] : [];
  });
  return [...new Set(pools)].toSorted();
}

function withoutName(reason: string, server: string): string {
  return reason.startsWith(`${server}: `) ? reason.slice(server.length + 2) : reason;
}
