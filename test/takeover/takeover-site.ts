import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeSshFiles } from "../faults/fault-parts.ts";
import { parseHostLog, type HostLine } from "../faults/host-log.ts";
import { SitePage } from "../faults/site-page.ts";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { GearmanProxy } from "../support/gearman-proxy.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { homeEnv } from "../support/processes.ts";
import type { Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { Coordinator } from "./coordinator.ts";
import { EpochWatch, type Refused } from "./epoch-watch.ts";
import type { Fault } from "./schedule.ts";
import { StoreDisk } from "./store-disk.ts";

/** Paths of the programs. */
export interface Programs {
  readonly coordinator: string;
  readonly worker: string;
}

export interface TakeoverSiteOptions {
  readonly sshd: Sshd;
  readonly hosts: readonly string[];
  readonly coordinators: number;
  readonly workers: number;
  readonly programs: Programs;
}

/** Few, so that tasks wait at the job server for longer than a lease. */
const PLACES = 4;
const DISK_MB = 256;
/** PostgreSQL, started again, has gone through its log. */
const STORE_SETTLED_MS = 8000;
/** A coordinator that is to be suspended at an append has to make one in this time. */
const APPEND_MS = 5000;

/** Coordinators that share a real PostgreSQL, with all that they need, and what can be done to them. */
export class TakeoverSite {
  readonly dir: string;
  /** Where the hosts' own files lie. */
  readonly hostDir: string;
  readonly coordinators: Coordinator[] = [];
  readonly postgres: Postgres;
  readonly page: SitePage;
  readonly database: string;
  readonly #options: TakeoverSiteOptions;
  readonly #temp: TempDir;
  readonly #disk: StoreDisk;
  readonly #gearmand: Gearmand;
  /** Before the job server, one for each worker. */
  readonly #servers: GearmanProxy[] = [];
  readonly watches: EpochWatch[] = [];
  readonly #workers: ChildProgram[] = [];
  readonly #everyWorker: ChildProgram[] = [];
  /** Parts that a fault is being done to: a second one at once would only undo the first. */
  readonly #busy = new Set<string>();
  readonly #healing = new Set<Promise<void>>();
  readonly #mendNow = new AbortController();
  #storeTroubles = 0;
  #storeSoundSinceMs = 0;

  private constructor(options: TakeoverSiteOptions, parts: Parts) {
    this.#options = options;
    this.#temp = parts.temp;
    this.#disk = parts.disk;
    this.#gearmand = parts.gearmand;
    this.postgres = parts.postgres;
    this.page = parts.page;
    this.database = new URL(parts.url).pathname.slice(1);
    this.dir = parts.temp.path;
    this.hostDir = join(this.dir, "hosts");
  }

  static async start(options: TakeoverSiteOptions): Promise<TakeoverSite> {
    const site = new TakeoverSite(options, await startParts(options));
    mkdirSync(site.hostDir);
    for (let index = 0; index < options.workers; index += 1) {
      const server = await GearmanProxy.start(site.#gearmand);
      const watch = new EpochWatch(`worker${index}`);
      server.tamper(watch.look);
      site.#servers.push(server);
      site.watches.push(watch);
      site.#startWorker(index);
    }
    for (let index = 0; index < options.coordinators; index += 1)
      site.coordinators.push(
        await Coordinator.start({
          dir: join(site.dir, `coordinator${index}`),
          program: options.programs.coordinator,
          servers: site.#gearmand.server,
          store: site.postgres,
          url: (port) => site.#urlBy(port),
        }),
      );
    await until(
      "workers and coordinators",
      async () => {
        const { workers } = await site.#gearmand.status("rr-run");
        const up = await Promise.all(site.coordinators.map((one) => one.isUp()));
        return workers === options.workers && up.every(Boolean);
      },
      { withinMs: 60_000, lastSeen: () => site.log() },
    );
    return site;
  }

  /** Whether whatever nobody carries is to be taken over now: somebody could. */
  get canTakeOver(): boolean {
    const storeIsSound =
      this.#storeTroubles === 0 && performance.now() - this.#storeSoundSinceMs > STORE_SETTLED_MS;
    return storeIsSound && this.coordinators.some(({ isSound }) => isSound);
  }

  /**
   * Does a fault and mends it when its time is over. A part that a fault is on already is left to that: another one of
   * its kind is taken. Returns what was done; undefined: there was none.
   */
  apply(drawn: Fault): Fault | undefined {
    const fault = this.#othersOfItsKind(drawn).find((one) => !this.#busy.has(partOf(one)));
    if (fault === undefined) return undefined;
    const part = partOf(fault);
    this.#busy.add(part);
    const healed = this.#do(fault).finally(() => {
      this.#busy.delete(part);
      this.#healing.delete(healed);
    });
    this.#healing.add(healed);
    return fault;
  }

  /** The same fault of each part of its kind, the one that is named first. */
  #othersOfItsKind(fault: Fault): readonly Fault[] {
    const { coordinators, workers } = this.#options;
    if ("coordinator" in fault)
      return turns(fault.coordinator, coordinators).map((coordinator) => ({ ...fault, coordinator }));
    if ("worker" in fault) return turns(fault.worker, workers).map((worker) => ({ ...fault, worker }));
    return [fault];
  }

  /** Everything is whole again, each part when its time is over. */
  async healed(): Promise<void> {
    await Promise.all(this.#healing);
  }

  /** What these hosts wrote, by host. */
  logs(hosts: readonly string[]): ReadonlyMap<string, readonly HostLine[]> {
    const own = new Set(hosts);
    return new Map(
      readdirSync(this.hostDir)
        .filter((host) => own.has(host))
        .map((host) => [host, parseHostLog(readFileSync(join(this.hostDir, host), "utf8"))]),
    );
  }

  /** What workers have refused so far. */
  refused(): Refused {
    const all = this.watches.map(({ refused }) => refused);
    return {
      overtaken: all.reduce((sum, { overtaken }) => sum + overtaken, 0),
      expired: all.reduce((sum, { expired }) => sum + expired, 0),
    };
  }

  log(): string {
    const workers = this.#everyWorker.map((worker) => worker.output());
    return [...workers, ...this.coordinators.map((one) => one.log()), this.postgres.log()].join("\n====\n");
  }

  async killWorkers(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
  }

  async stop(): Promise<void> {
    this.#mendNow.abort();
    await this.healed();
    await this.killWorkers();
    await Promise.all(this.coordinators.map((one) => one.close()));
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.#gearmand.stop();
    await this.page.close();
    await this.postgres.remove();
    this.#disk.remove();
    this.#temp.remove();
  }

  async #do(fault: Fault): Promise<void> {
    if ("coordinator" in fault) {
      const coordinator = this.coordinators[fault.coordinator];
      await coordinator?.troubled(() => this.#toCoordinator(coordinator, fault));
      return;
    }
    switch (fault.kind) {
      case "killWorker":
        await this.#workers[fault.worker]?.kill();
        await this.#pass(fault.forMs);
        this.#startWorker(fault.worker);
        return;
      case "pauseWorker":
        this.#workers[fault.worker]?.signal("SIGSTOP");
        await this.#pass(fault.forMs);
        this.#workers[fault.worker]?.signal("SIGCONT");
        return;
      case "killServer":
        await this.#gearmand.kill();
        await this.#pass(fault.forMs);
        await this.#gearmand.restart();
        return;
      case "pauseServer":
        this.#gearmand.pause();
        await this.#pass(fault.forMs);
        this.#gearmand.continue();
        return;
      default:
        this.#storeTroubles += 1;
        await this.#toStore(fault).finally(() => {
          this.#storeTroubles -= 1;
          this.#storeSoundSinceMs = performance.now();
        });
    }
  }

  async #toCoordinator(
    coordinator: Coordinator,
    fault: Extract<Fault, { readonly coordinator: number }>,
  ): Promise<void> {
    switch (fault.kind) {
      case "killCoordinator":
        await coordinator.kill();
        await this.#pass(fault.forMs);
        coordinator.run();
        return;
      case "replaceCoordinator":
        await coordinator.stop();
        await this.#pass(fault.forMs);
        coordinator.run();
        return;
      case "pauseCoordinator":
        coordinator.signal("SIGSTOP");
        await this.#pass(fault.forMs);
        coordinator.signal("SIGCONT");
        return;
      case "pauseAtAppend": {
        const paused = await this.#atAppend(coordinator, () => coordinator.signal("SIGSTOP"));
        if (!paused) return;
        await this.#pass(fault.forMs);
        coordinator.signal("SIGCONT");
        return;
      }
      case "cutStore":
        coordinator.link.cut();
        return;
      case "stallStore":
        coordinator.link.stall();
        await this.#pass(fault.forMs);
        coordinator.link.resume();
        return;
      case "slowStore":
        coordinator.store.delayMs = fault.delayMs;
        await this.#pass(fault.forMs);
        coordinator.store.delayMs = 0;
    }
  }

  /** False: there was no append in time. */
  async #atAppend(coordinator: Coordinator, then: () => void): Promise<boolean> {
    const late = new AbortController();
    const mended = (): void => late.abort();
    this.#mendNow.signal.addEventListener("abort", mended);
    const done = await new Promise<boolean>((resolve) => {
      coordinator.store.onNextAppended(() => {
        then();
        resolve(true);
      });
      const giveUp = (): void => {
        coordinator.store.onNextAppended(undefined);
        resolve(false);
      };
      late.signal.addEventListener("abort", giveUp);
      setTimeout(giveUp, APPEND_MS).unref();
    });
    this.#mendNow.signal.removeEventListener("abort", mended);
    return done;
  }

  async #toStore(
    fault: Extract<Fault, { readonly kind: "killStore" | "stopStore" | "pauseStore" | "fillStore" }>,
  ): Promise<void> {
    switch (fault.kind) {
      case "killStore":
        await this.postgres.kill();
        await this.#pass(fault.forMs);
        await this.postgres.restart();
        return;
      case "stopStore":
        await this.postgres.stop();
        await this.#pass(fault.forMs);
        await this.postgres.restart();
        return;
      case "pauseStore":
        this.postgres.pause();
        await this.#pass(fault.forMs);
        this.postgres.continue();
        return;
      case "fillStore":
        this.#disk.fill();
        await this.#pass(fault.forMs);
        this.#disk.free();
        // It ends where it cannot write its log, and then an operator starts it again.
        await this.postgres.ask("select 1").catch(() => this.postgres.restart());
    }
  }

  async #pass(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#mendNow.signal }).catch(() => {});
  }

  #urlBy(port: number): string {
    const url = new URL(this.postgres.url(this.database));
    url.port = String(port);
    return url.href;
  }

  #startWorker(index: number): void {
    const args = [
      ...["--servers", this.#servers[index]?.address ?? "", "--concurrency", String(PLACES)],
      ...["--ssh-config", join(this.dir, "ssh_config"), "--record-dir", join(this.dir, "records")],
      ...["--gate-urls", this.page.url, "--log-format", "json"],
    ];
    this.watches[index]?.forget();
    const worker = startChild(process.execPath, [this.#options.programs.worker, ...args], {
      env: { ...bareEnv, ...homeEnv(join(this.dir, "worker-home")) },
    });
    this.#workers[index] = worker;
    this.#everyWorker.push(worker);
  }
}

interface Parts {
  readonly temp: TempDir;
  readonly disk: StoreDisk;
  readonly gearmand: Gearmand;
  readonly postgres: Postgres;
  readonly url: string;
  readonly page: SitePage;
}

async function startParts({ sshd, hosts }: TakeoverSiteOptions): Promise<Parts> {
  const temp = makeTempDir("takeover");
  // PostgreSQL's user goes through it.
  chmodSync(temp.path, 0o711);
  const disk = new StoreDisk(join(temp.path, "disk"), DISK_MB);
  writeSshFiles(temp.path, { sshd, hosts, port: sshd.port });
  const [gearmand, page, postgres] = await Promise.all([
    startGearmand(),
    SitePage.start(),
    startPostgres({ folder: disk.path, fsync: true, settings: ["max_wal_size=64MB", "min_wal_size=32MB"] }),
  ]);
  return { temp, disk, gearmand, postgres, page, url: await postgres.makeDatabase() };
}

/** Numbers below `count`, from `first` on. */
function turns(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => (first + index) % count);
}

function partOf(fault: Fault): string {
  if ("coordinator" in fault) return `coordinator${fault.coordinator}`;
  if ("worker" in fault) return `worker${fault.worker}`;
  return fault.kind.endsWith("Store") ? "store" : "server";
}
