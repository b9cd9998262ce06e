import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { defined, succeed, type Result } from "@roadrunner/core";
import { createLogger, HealthServer, type Log } from "@roadrunner/core/service";
import type { PoolKey } from "@roadrunner/core/signing";
import { keyFault, nonce, openPoolKeys, signKeyPrint, type SigningAgent } from "@roadrunner/engine";
import { stateFolder } from "@roadrunner/engine/journal";
import { Coordinator } from "../carry/coordinator.ts";
import { Gate } from "../carry/gate.ts";
import { CoordinatorMetrics } from "../health/metrics.ts";
import { observedStore } from "../health/observed-store.ts";
import type { CoordinatorOptions } from "../options/options.ts";
import { VERSION } from "../options/version.ts";
import { buildApp } from "../server/app.ts";
import { EventPages } from "../server/stream/event-pages.ts";
import { fleetOf } from "../shown/shown-fleet.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { complain } from "./complain.ts";
import { announceAgainAndAgain } from "./announce-carrier.ts";
import { pruneAgainAndAgain } from "./prune.ts";
import {
  closeWaysIn,
  entranceOf,
  listenAt,
  standingOf,
  wayInReasons,
  waysIn,
  type WaysIn,
} from "./ways-in.ts";

const EXIT_INFRASTRUCTURE = 3;
const EXIT_BUG = 70;
/** A coordinator that was told to leave ends within this time, be the store there or not. */
const LEAVE_MS = 10_000;

type Env = Readonly<Record<string, string | undefined>>;

/** Carries runs until a signal tells it to leave; gives rr-coordinator's exit code. */
export async function serve(options: CoordinatorOptions, env: Env): Promise<number> {
  const log = createLogger({ level: options["log-level"], format: options["log-format"] });
  const agent = {
    socket: env["SSH_AUTH_SOCK"],
    onTouch: () => log.warn("the security key waits to be touched: it signs a run"),
  };
  const fault = await keyFault(options, agent);
  if (fault !== undefined) return complain(fault.split("\n"));
  const carrier = await signKeyPrint(options, agent);
  if (!carrier.ok) return complain(carrier.error.split("\n"));
  const keys = keyFiles(options);
  if (!keys.ok) return complain(keys.error.split("\n"));
  const ways = waysIn(options, env, log);
  if (!ways.ok) return complain(ways.error);
  const watched = await listenForProbes(options);
  if (watched?.ok === false) {
    log.error(watched.error);
    return EXIT_INFRASTRUCTURE;
  }
  const id = nonce(12, randomBytes);
  const opened = await openStore(options.store ?? join(stateFolder(env), "store.db"), id, {
    makeFolders: options.store === undefined,
  });
  if (!opened.ok) {
    log.error(opened.error.reason);
    await watched?.value.close();
    return EXIT_INFRASTRUCTURE;
  }
  try {
    return await carry(options, {
      id,
      log,
      agent,
      carrier: carrier.value,
      poolKeys: keys.value,
      store: opened.value,
      watched: watched?.value,
      ways: ways.value,
    });
  } finally {
    closeWaysIn(ways.value);
    await watched?.value.close();
    await opened.value.close();
  }
}

interface Parts {
  readonly id: string;
  readonly log: Log;
  readonly agent: SigningAgent;
  readonly carrier: string | undefined;
  readonly poolKeys: readonly PoolKey[];
  readonly store: Store;
  readonly watched: HealthServer | undefined;
  readonly ways: WaysIn;
}

async function carry(
  options: CoordinatorOptions,
  { id, log, agent, carrier, poolKeys, store: opened, watched, ways }: Parts,
): Promise<number> {
  const metrics = new CoordinatorMetrics();
  const store = observedStore(opened, metrics);
  const coordinator = new Coordinator({
    store,
    servers: options.servers,
    keys: options,
    loading: new Gate(2),
    agent,
    carrier,
    poolKeys,
    by: { version: VERSION, who: userInfo().username, where: hostname() },
    log,
    observer: metrics,
  });
  const { runs } = coordinator;
  const entrance = entranceOf(ways, options, { store, log, observer: metrics });
  const reasons = (): readonly string[] => [
    ...wayInReasons(ways, entrance),
    ...(runs.isLeaving ? ["it was told to leave"] : []),
    ...(runs.fault === undefined ? [] : [runs.fault]),
  ];
  let listen: readonly string[] = [];
  const shown = {
    ...{ store, coordinator, fleet: fleetOf(options.servers, poolKeys), log, observer: metrics },
    ...{ id, version: VERSION, reasons, listen: () => listen, pages: new EventPages(store) },
  };
  const listening = await listenAt(ways, entrance, (at) =>
    buildApp({ ...shown, ...defined({ entrance: at }) }),
  );
  if (!listening.ok) {
    log.error(listening.error);
    return EXIT_INFRASTRUCTURE;
  }
  listen = listening.value.map(({ name }) => name);
  metrics.watch({ id, version: VERSION, store: store.kind, listen }, () => ({
    carried: runs.size,
    watchers: runs.watchers,
    reasons: reasons(),
    ...standingOf(ways),
  }));
  watched?.serve({
    contentType: metrics.contentType,
    text: () => metrics.text(),
    reasonsNotReady: reasons,
  });
  if (watched !== undefined) log.info("serving metrics", { port: watched.port });
  runs.start();
  const pruning = pruneAgainAndAgain(store, options, log);
  const announcing = announceAgainAndAgain(store, carrier, log);
  log.info("carrying runs", { listen: listen.join(","), store: store.name, coordinator: id });
  const why = await toldToLeave(log);
  pruning.end();
  const late = setTimeout(() => {
    log.error(
      "not everything was written down in time; whoever takes its runs over goes on with what is there",
    );
    void exitWithLogs(Number(process.exitCode ?? EXIT_INFRASTRUCTURE));
  }, LEAVE_MS);
  // Before its runs: they are not to be left to it.
  await announcing.end();
  await runs.leave(`rr-coordinator leaves (${why})`);
  await Promise.all(listening.value.map(async (server) => server.close()));
  clearTimeout(late);
  return Number(process.exitCode ?? 0);
}

/** Resolves with the first signal; the second one ends the process at once. */
function toldToLeave(log: Log): Promise<string> {
  return new Promise((resolve) => {
    let isTold = false;
    const leave = (why: string): void => {
      if (isTold) {
        log.warn("leaving at once; runs are taken over when their leases are over", { why });
        void exitWithLogs(EXIT_INFRASTRUCTURE);
      } else log.info("leaving: runs stay open for whoever takes them over", { why });
      isTold = true;
      resolve(why);
    };
    process.on("SIGTERM", leave);
    process.on("SIGINT", leave);
    process.on("uncaughtException", (error) => {
      log.error("a bug in rr-coordinator; please report it", { error: error.stack ?? error.message });
      process.exitCode = EXIT_BUG;
      if (!isTold) leave("a bug");
    });
  });
}

/** Ends the process when the log is written. */
async function exitWithLogs(code: number): Promise<never> {
  return new Promise(() => process.stderr.write("", () => process.exit(code)));
}

function keyFiles({ "pool-key-file": path }: CoordinatorOptions): Result<readonly PoolKey[], string> {
  return path === undefined ? succeed([]) : openPoolKeys(path);
}

async function listenForProbes(
  options: CoordinatorOptions,
): Promise<Result<HealthServer, string> | undefined> {
  const port = options["metrics-port"];
  return port === undefined ? undefined : HealthServer.listen(options["metrics-address"], port);
}
