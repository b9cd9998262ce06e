import { CONTROL_PREFIX, defined, runFunction, safeJson } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import {
  adminStatus,
  adminVersion,
  adminWorkers,
  formatServer,
  GearmanClient,
  type ConnectedWorker,
  type ServerAddress,
} from "@roadrunner/core/gearman";
import { openPoolSeal, waitForServer, Wrapping } from "@roadrunner/engine";
import { clientOf, type CoordinatorClient } from "../coordinator/index.ts";
import {
  statusText,
  type CoordinatorStanding,
  type ServerStanding,
  type Standing,
  type WorkerStanding,
} from "../reporters/lists/status-text.ts";
import { askWorkers, type Asked } from "./ask-workers.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { statusOptions } from "../usage/options.ts";
import { print } from "../screen/print.ts";
import { say } from "../usage/say.ts";

type Env = Readonly<Record<string, string | undefined>>;

const HANDSHAKE_MS = 3000;

interface AskedServer {
  readonly standing: ServerStanding;
  readonly connections: readonly ConnectedWorker[];
  readonly answers: ReadonlyMap<string, Asked>;
}

/**
 * `rr-submit status`: job servers, queues and workers as they are now, and the coordinator, where one is named. It starts
 * nothing. Which job servers a coordinator has is its own affair: with one, those are asked that are named beside it.
 */
export async function statusCommand(
  options: OptionValues<typeof statusOptions>,
  { serversNamed, env }: { readonly serversNamed: boolean; readonly env: Env },
): Promise<ExitCode> {
  const seal = openPoolSeal(options["pool-key-file"]);
  if (!seal.ok) {
    say(seal.error);
    return EXIT.usage;
  }
  const wrapping = new Wrapping(undefined, seal.value);
  const { coordinator: address, ...access } = options;
  const servers = address === undefined || serversNamed ? options.servers : [];
  const [coordinator, asked] = await Promise.all([
    address === undefined ? undefined : askCoordinator(clientOf({ ...access, coordinator: address }, env)),
    Promise.all(servers.map((server) => askServer(server, wrapping))),
  ]);
  const standing: Standing = {
    ...defined({ coordinator }),
    servers: asked.map((one) => one.standing),
    workers: workersOf(asked),
  };
  const text = options.json ? safeJson(standing, 2) : statusText(standing).join("\n");
  const up = servers.length === 0 || standing.servers.some(({ problem }) => problem === undefined);
  const isWell = coordinator === undefined || (coordinator.ok === true && coordinator.noLogin === undefined);
  return print(text, up && isWell ? EXIT.succeeded : EXIT.infrastructure);
}

async function askCoordinator(client: CoordinatorClient): Promise<CoordinatorStanding> {
  const who = await client.who();
  const health = who.ok ? await client.health() : await client.healthForAll();
  if (!health.ok) return { address: client.name, problem: health.error.refusal.lines.join("; ") };
  const { ok, version, store, carried, reasons } = health.value;
  return {
    address: client.name,
    ok,
    ...defined({ version, store, carried, reasons }),
    ...(who.ok ? defined({ login: who.value }) : { noLogin: who.error.refusal.lines.join("; ") }),
  };
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
    return {
      standing: { server: name, ...told, functions: [] },
      connections: [],
      answers: new Map(),
    };
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
