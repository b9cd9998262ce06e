import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseHostLog, type HostLine } from "../../faults/host-log.ts";
import type { SitePage } from "../../faults/site-page.ts";
import type { Gearmand } from "../../support/gearmand.ts";
import type { Postgres } from "../../support/postgres.ts";
import type { TempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import type { Fault } from "../schedule.ts";
import type { Refused } from "../seen/epoch-watch.ts";
import type { Operators } from "../signed/operators.ts";
import { Coordinator } from "./coordinator.ts";
import { Mending } from "./mending.ts";
import { onCoordinator } from "./on-coordinator.ts";
import { onStore } from "./on-store.ts";
import { startParts, type Parts, type TakeoverSiteOptions } from "./site-parts.ts";
import type { StoreDisk } from "./store-disk.ts";
import { Workers } from "./workers.ts";

/** PostgreSQL, started again, has gone through its log. */
const STORE_SETTLED_MS = 8000;

/** Coordinators that share a real PostgreSQL, with all that they need, and what can be done to them. */
export class TakeoverSite {
  readonly dir: string;
  /** Where the hosts' own files lie. */
  readonly hostDir: string;
  readonly coordinators: Coordinator[] = [];
  readonly workers: Workers;
  readonly postgres: Postgres;
  readonly page: SitePage;
  readonly database: string;
  /** Whose word workers take; undefined: they take everything. */
  readonly operators: Operators | undefined;
  /** By run: the coordinator that is to leave it to the others, since its operator signed for them alone. */
  readonly leftOut = new Map<string, number>();
  readonly #options: TakeoverSiteOptions;
  readonly #temp: TempDir;
  readonly #disk: StoreDisk;
  readonly #gearmand: Gearmand;
  /** Parts that a fault is being done to: a second one at once would only undo the first. */
  readonly #busy = new Set<string>();
  readonly #healing = new Set<Promise<void>>();
  readonly #mending = new Mending();
  #storeTroubles = 0;
  #storeSoundSinceMs = 0;

  private constructor(options: TakeoverSiteOptions, parts: Parts) {
    this.#options = options;
    this.#temp = parts.temp;
    this.#disk = parts.disk;
    this.#gearmand = parts.gearmand;
    this.postgres = parts.postgres;
    this.page = parts.page;
    this.operators = parts.operators;
    this.database = new URL(parts.url).pathname.slice(1);
    this.dir = parts.temp.path;
    this.hostDir = join(this.dir, "hosts");
    this.workers = new Workers({
      ...{ dir: this.dir, program: options.programs.worker, gateUrl: parts.page.url },
      authority: parts.operators?.workerArgs,
    });
  }

  static async start(options: TakeoverSiteOptions): Promise<TakeoverSite> {
    const site = new TakeoverSite(options, await startParts(options));
    mkdirSync(site.hostDir);
    for (let index = 0; index < options.workers; index += 1) await site.workers.add(site.#gearmand);
    for (let index = 0; index < options.coordinators; index += 1)
      site.coordinators.push(
        await Coordinator.start({
          dir: join(site.dir, `coordinator${index}`),
          program: options.programs.coordinator,
          servers: site.#gearmand.server,
          store: site.postgres,
          url: (port) => site.#urlBy(port),
          args: site.operators?.coordinatorArgs(index) ?? [],
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

  /** Which coordinators are to take over now whatever nobody carries: they could. */
  get takers(): readonly number[] {
    const storeIsSound =
      this.#storeTroubles === 0 && performance.now() - this.#storeSoundSinceMs > STORE_SETTLED_MS;
    return storeIsSound
      ? [...this.coordinators.keys()].filter((index) => this.coordinators[index]?.isSound)
      : [];
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
    const all = this.workers.watches.map(({ refused }) => refused);
    return {
      overtaken: all.reduce((sum, { overtaken }) => sum + overtaken, 0),
      expired: all.reduce((sum, { expired }) => sum + expired, 0),
    };
  }

  log(): string {
    const coordinators = this.coordinators.map((one) => one.log());
    return [this.workers.log(), ...coordinators, this.postgres.log()].join("\n====\n");
  }

  async stop(): Promise<void> {
    this.#mending.hurry();
    await this.healed();
    await this.workers.killAll();
    await Promise.all(this.coordinators.map((one) => one.close()));
    await this.workers.close();
    await this.#gearmand.stop();
    await this.page.close();
    await this.postgres.remove();
    this.#disk.remove();
    this.operators?.remove();
    this.#temp.remove();
  }

  async #do(fault: Fault): Promise<void> {
    if ("coordinator" in fault) {
      const coordinator = this.coordinators[fault.coordinator];
      await coordinator?.troubled(() => onCoordinator(coordinator, fault, this.#mending));
      return;
    }
    switch (fault.kind) {
      case "killWorker":
        await this.workers.kill(fault.worker);
        await this.#mending.pass(fault.forMs);
        this.workers.start(fault.worker);
        return;
      case "pauseWorker":
        this.workers.signal(fault.worker, "SIGSTOP");
        await this.#mending.pass(fault.forMs);
        this.workers.signal(fault.worker, "SIGCONT");
        return;
      case "killServer":
        await this.#gearmand.kill();
        await this.#mending.pass(fault.forMs);
        await this.#gearmand.restart();
        return;
      case "pauseServer":
        this.#gearmand.pause();
        await this.#mending.pass(fault.forMs);
        this.#gearmand.continue();
        return;
      default:
        this.#storeTroubles += 1;
        await onStore(this.postgres, this.#disk, fault, this.#mending).finally(() => {
          this.#storeTroubles -= 1;
          this.#storeSoundSinceMs = performance.now();
        });
    }
  }

  #urlBy(port: number): string {
    const url = new URL(this.postgres.url(this.database));
    url.port = String(port);
    return url.href;
  }
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
