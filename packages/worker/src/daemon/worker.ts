import { randomBytes } from "node:crypto";
import {
  base32,
  controlFunction,
  defined,
  gateFunction,
  runFunction,
  type OutcomeMessage,
} from "@roadrunner/core";
import {
  formatServer,
  GearmanWorker,
  Places,
  type GrabbedJob,
  type JobResult,
  type ServerAddress,
} from "@roadrunner/core/gearman";
import type { AuditLog } from "../authority/audit-log.ts";
import type { Authority } from "../authority/authority.ts";
import { sealedLength, type Sealing } from "../authority/sealing.ts";
import type { KeptShells } from "../visit/kept/kept-shells.ts";
import type { GateUrls } from "../gates/gate-urls.ts";
import type { Transport } from "../transport/transport.ts";
import { JobHandlers } from "./job-handlers.ts";
import { BegunTasks } from "./memory/begun-tasks.ts";
import { Epochs } from "./memory/epochs.ts";
import { KeptAnswers } from "./memory/kept-answers.ts";
import { floodLog } from "./flood-log.ts";
import { nextLife, type LifeEvent, type LifeState } from "./life/lifecycle.ts";
import type { Log } from "@roadrunner/core/service";
import type { WorkerObserver } from "./observer.ts";
import { PruneDays } from "./memory/prune-days.ts";
import { Revocations } from "./memory/revocations.ts";
import { RunningTasks } from "./memory/running-tasks.ts";
import { PROBE_EVERY_MS, SelfBlame } from "./life/self-blame.ts";
import { ServerNews } from "./life/server-news.ts";
import type { WorkerStanding } from "./life/standing.ts";
import type { SharedParts } from "./shared-parts.ts";
import { VERSION } from "./version.ts";

/** Control messages are short and few; they get places of their own so that a full worker still hears them. */
const CONTROL_PLACES = 8;
/** So do gates: a step is watched while its tasks take all places. */
const GATE_PLACES = 8;
/** After a drain deadline or a second signal, what is killed gets this long to answer. */
const LEAVE_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 50;

export interface WorkerSettings {
  readonly servers: readonly ServerAddress[];
  readonly id: string;
  /** Absent: the default function. */
  readonly pools: readonly string[] | undefined;
  readonly places: number;
  readonly maxOutputBytes: number;
  /** Which addresses gates may ask. */
  readonly gateUrls: GateUrls;
  readonly secretsDir?: string;
  readonly recordDir?: string;
  readonly sudoPasswordFile?: string;
  readonly keepAnswersMs: number;
  readonly drainTimeoutMs: number | undefined;
  readonly authority: Authority;
  readonly audit?: AuditLog;
  readonly sealing?: Sealing;
  readonly hosts: Transport;
  readonly shells?: KeptShells;
  readonly log: Log;
  readonly observer: WorkerObserver;
}

/** One rr-worker process: grabs tasks from the job servers and runs each on its host. */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #shared: SharedParts;
  readonly #handlers: JobHandlers;
  readonly #tasks: GearmanWorker;
  readonly #gates: GearmanWorker;
  readonly #control: GearmanWorker;
  readonly #selfBlame = new SelfBlame();
  #probe: NodeJS.Timeout | undefined;
  #life: LifeState = "running";
  #drainTimer: NodeJS.Timeout | undefined;
  #gone: () => void = () => undefined;
  /** Resolves when the worker has left. */
  readonly left: Promise<void>;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    const { id, places, pools, servers, log } = settings;
    this.left = new Promise((resolve) => {
      this.#gone = resolve;
    });
    const told = floodLog(log, Date.now);
    this.#shared = {
      ...settings,
      log: told,
      workerId: id,
      version: VERSION,
      takesInTimeOnly: settings.authority.requiresSignatures || settings.sealing !== undefined,
      revocations: new Revocations(),
      epochs: new Epochs(),
      pruneDays: new PruneDays(),
      kept: new KeptAnswers(settings.keepAnswersMs),
      running: new RunningTasks(),
      begun: new BegunTasks(),
    };
    const { authority, sealing, observer, gateUrls } = settings;
    this.#handlers = new JobHandlers(this.#shared, { sealing, gateUrls, log, observer });
    const plainBytes = authority.maxMessageBytes;
    const maxWorkloadBytes = sealing === undefined ? plainBytes : sealedLength(plainBytes);
    const served = pools ?? [undefined];
    this.#tasks = new GearmanWorker({
      servers,
      clientId: id,
      functions: served.map((pool) => ({ name: runFunction(pool), handler: (job) => this.#run(job) })),
      places: new Places(places),
      log: told,
      maxWorkloadBytes,
      onHandlerError: (job, error) => this.#handlers.bug(job, error),
    });
    const serverNews = new ServerNews();
    this.#tasks.onState((change) => {
      observer.linkChanged(change);
      const news = serverNews.of(change);
      if (news !== undefined)
        told[news.level](news.message, defined({ server: news.server, reason: news.reason }));
    });
    // Of its server the tasks' connection tells, and who asked asks again.
    const quiet = { ...told, warn: (...line: Parameters<Log["warn"]>) => told.debug(...line) };
    const more = { servers, log: quiet, maxWorkloadBytes };
    this.#gates = new GearmanWorker({
      ...more,
      clientId: `${id}-gates`,
      functions: served.map((pool) => ({
        name: gateFunction(pool),
        handler: (job) => this.#handlers.gate(job),
      })),
      places: new Places(GATE_PLACES),
      onHandlerError: (job, error) => this.#handlers.bug(job, error),
    });
    this.#control = new GearmanWorker({
      ...more,
      clientId: `${id}-control`,
      functions: [
        {
          name: controlFunction(id),
          handler: async (job) => this.#handlers.control(job, this.state),
        },
      ],
      places: new Places(CONTROL_PLACES),
      onHandlerError: (job, error) => this.#handlers.bug(job, error),
    });
  }

  start(): void {
    const { id, places, servers, pools, log } = this.#settings;
    this.#control.start();
    this.#gates.start();
    this.#tasks.start();
    log.info("worker started", {
      id,
      version: VERSION,
      places,
      servers: servers.map(formatServer).join(","),
      pools: pools?.join(","),
    });
  }

  /** How the worker stands, for status and health. */
  get state(): string {
    if (this.#life !== "running") return this.#life;
    return this.#selfBlame.faulty ? `not grabbing: ${this.#selfBlame.reason}` : "running";
  }

  get standing(): WorkerStanding {
    const { id, pools, places, hosts } = this.#settings;
    return {
      id,
      version: VERSION,
      pools,
      life: this.#life,
      ownFault: this.#selfBlame.faulty ? this.#selfBlame.reason : undefined,
      running: this.#shared.running.size,
      gatesAsked: this.#gates.running,
      places,
      links: this.#tasks.links,
      ssh: hosts.stats(),
      keptAnswers: this.#shared.kept.size,
    };
  }

  /** The first call drains, the second lets go of what still runs, the third gives up waiting. */
  signal(name: string): void {
    this.#settings.log.info("signal", { signal: name, running: this.#shared.running.size });
    this.#live("signal");
  }

  /** Drains without a deadline and leaves; for `--local`. */
  async close(): Promise<void> {
    this.#live("signal");
    await this.left;
  }

  #live(event: LifeEvent): void {
    const before = this.#life;
    this.#life = nextLife(before, event);
    if (this.#life === before) return;
    switch (this.#life) {
      case "draining":
        this.#drain();
        break;
      case "leaving":
        clearTimeout(this.#drainTimer);
        this.#letGo();
        break;
      case "gone":
        void this.#end();
        break;
      case "running":
        break;
    }
  }

  #drain(): void {
    const { log, drainTimeoutMs } = this.#settings;
    log.info("draining: takes no more tasks", { running: this.#shared.running.size });
    clearInterval(this.#probe);
    if (drainTimeoutMs !== undefined)
      this.#drainTimer = setTimeout(() => this.#live("deadline"), drainTimeoutMs);
    void Promise.all([this.#tasks.drain(), this.#gates.drain()]).then(() =>
      this.#live(this.#life === "draining" ? "idle" : "left"),
    );
  }

  /** Kills what cannot end without us and waits for that; the rest goes on without us. */
  #letGo(): void {
    const { running } = this.#shared;
    this.#settings.log.info("leaving", { running: running.size, killed: running.attached });
    running.killAttached("the worker is leaving");
    this.#handlers.leave();
    const until = performance.now() + LEAVE_WITHIN_MS;
    const look = setInterval(() => {
      if (running.attached + this.#gates.running > 0 && performance.now() < until) return;
      clearInterval(look);
      this.#live("left");
    }, LOOK_EVERY_MS);
  }

  async #end(): Promise<void> {
    await Promise.all([this.#tasks.close(), this.#gates.close(), this.#control.close()]);
    await this.#settings.hosts.close();
    this.#settings.log.info("worker left");
    this.#gone();
  }

  async #run(job: GrabbedJob): Promise<JobResult> {
    if (this.#selfBlame.faulty) this.#tasks.pause();
    const { outcome, result } = await this.#handlers.task(job);
    this.#judgeSelf(outcome);
    return result;
  }

  /** A worker that is at fault itself stops grabbing, and now and then tries one task. */
  #judgeSelf(outcome: OutcomeMessage): void {
    const wasFaulty = this.#selfBlame.faulty;
    const faulty = this.#selfBlame.ended(outcome);
    if (faulty === wasFaulty || this.#life !== "running") return;
    if (faulty) {
      this.#settings.log.error("stops grabbing", { reason: this.#selfBlame.reason });
      this.#tasks.pause();
      this.#probe = setInterval(() => this.#tasks.resume(), PROBE_EVERY_MS);
    } else {
      this.#settings.log.info("grabs again");
      clearInterval(this.#probe);
      this.#tasks.resume();
    }
  }
}

export function randomIdPart(): string {
  return base32(randomBytes(3)).slice(0, 4);
}
