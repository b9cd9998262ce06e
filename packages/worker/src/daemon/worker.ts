import { randomBytes } from "node:crypto";
import { base32, controlFunction, encodeAnswer, runFunction, type OutcomeMessage } from "@roadrunner/core";
import {
  formatServer,
  GearmanWorker,
  Places,
  type GrabbedJob,
  type ServerAddress,
} from "@roadrunner/core/gearman";
import type { AuditLog } from "../authority/audit-log.ts";
import type { Authority } from "../authority/authority.ts";
import {
  plainMessage,
  sealedLength,
  type Answers,
  type OpenedMessage,
  type Sealing,
} from "../authority/sealing.ts";
import type { SshHosts } from "../ssh/lease.ts";
import { answerControl, refuseUnsealed } from "./control.ts";
import { isWorthKeeping, KeptAnswers } from "./kept-answers.ts";
import { nextLife, type LifeEvent, type LifeState } from "./lifecycle.ts";
import type { Log } from "./log.ts";
import type { WorkerObserver } from "./observer.ts";
import { PruneDays } from "./prune-days.ts";
import { Revocations } from "./revocations.ts";
import { runTask } from "./run-task.ts";
import { RunningTasks } from "./running-tasks.ts";
import { PROBE_EVERY_MS, SelfBlame } from "./self-blame.ts";
import type { WorkerStanding } from "./standing.ts";
import { bare, type TaskJob, type TaskRoom } from "./task-room.ts";
import { VERSION } from "./version.ts";

/** Control messages are short and few; they get places of their own so that a full worker still hears them. */
const CONTROL_PLACES = 8;
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
  readonly secretsDir?: string;
  readonly recordDir?: string;
  readonly sudoPasswordFile?: string;
  readonly keepAnswersMs: number;
  readonly drainTimeoutMs: number | undefined;
  readonly authority: Authority;
  readonly audit?: AuditLog;
  readonly sealing?: Sealing;
  readonly hosts: SshHosts;
  readonly log: Log;
  readonly observer: WorkerObserver;
}

/** One rr-worker process: grabs tasks from the job servers and runs each on its host. */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #room: TaskRoom;
  readonly #tasks: GearmanWorker;
  readonly #control: GearmanWorker;
  readonly #selfBlame = new SelfBlame();
  /** By task id, the answers that are worth keeping, as they were before the sealing. */
  readonly #admitted = new WeakMap<GrabbedJob, { readonly id: string; readonly answer: string }>();
  readonly #answers = new WeakMap<GrabbedJob, Answers>();
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
    this.#room = {
      ...settings,
      workerId: id,
      version: VERSION,
      revocations: new Revocations(),
      pruneDays: new PruneDays(),
      kept: new KeptAnswers(settings.keepAnswersMs),
      running: new RunningTasks(),
    };
    const { authority, sealing } = settings;
    const plainBytes = authority.maxMessageBytes;
    const maxWorkloadBytes = sealing === undefined ? plainBytes : sealedLength(plainBytes);
    const functions = pools === undefined ? [runFunction()] : pools.map((pool) => runFunction(pool));
    this.#tasks = new GearmanWorker({
      servers,
      clientId: id,
      functions: functions.map((name) => ({ name, handler: (job) => this.#run(job) })),
      places: new Places(places),
      log,
      maxWorkloadBytes,
      onHandlerError: (job, error) => this.#bug(job, error),
      onUndeliverable: (job) => this.#keep(job),
    });
    this.#tasks.onState((change) => settings.observer.linkChanged(change));
    this.#control = new GearmanWorker({
      servers,
      clientId: `${id}-control`,
      functions: [
        {
          name: controlFunction(id),
          handler: async (job) => this.#hear(job),
        },
      ],
      places: new Places(CONTROL_PLACES),
      log,
      maxWorkloadBytes,
      onHandlerError: (job, error) => this.#bug(job, error),
      onUndeliverable: () => undefined,
    });
  }

  start(): void {
    const { id, places, servers, pools, log } = this.#settings;
    this.#control.start();
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
      running: this.#room.running.size,
      places,
      links: this.#tasks.links,
      ssh: hosts.stats(),
      keptAnswers: this.#room.kept.size,
    };
  }

  /** The first call drains, the second lets go of what still runs, the third gives up waiting. */
  signal(name: string): void {
    this.#settings.log.info("signal", { signal: name, running: this.#room.running.size });
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
    log.info("draining: grabs nothing more", { running: this.#room.running.size });
    clearInterval(this.#probe);
    if (drainTimeoutMs !== undefined)
      this.#drainTimer = setTimeout(() => this.#live("deadline"), drainTimeoutMs);
    void this.#tasks.drain().then(() => this.#live(this.#life === "draining" ? "idle" : "left"));
  }

  /** Kills what cannot end without us and waits for that; the rest goes on without us. */
  #letGo(): void {
    const { running } = this.#room;
    this.#settings.log.info("leaving", { running: running.size, killed: running.attached });
    running.killAttached("the worker is leaving");
    const until = performance.now() + LEAVE_WITHIN_MS;
    const look = setInterval(() => {
      if (running.attached > 0 && performance.now() < until) return;
      clearInterval(look);
      this.#live("left");
    }, LOOK_EVERY_MS);
  }

  async #end(): Promise<void> {
    await Promise.all([this.#tasks.close(), this.#control.close()]);
    await this.#settings.hosts.close();
    this.#settings.log.info("worker left");
    this.#gone();
  }

  async #run(job: GrabbedJob): Promise<string> {
    if (this.#selfBlame.faulty) this.#tasks.pause();
    const { text, answers } = this.#open(job);
    this.#answers.set(job, answers);
    const { outcome, id } = await runTask(this.#room, {
      functionName: job.functionName,
      unique: job.unique,
      ...this.#contentOf(job, text),
      grabbedAt: { monotonicMs: job.grabbedAtMs, wallMs: job.grabbedAtWallMs },
      send: (line) => job.sendData(answers.next(line)),
      arrived: () => job.dataArrived(),
    });
    if (id !== undefined && isWorthKeeping(outcome))
      this.#admitted.set(job, { id, answer: encodeAnswer(outcome) });
    this.#log(outcome);
    this.#judgeSelf(outcome);
    return this.#answer(job, outcome);
  }

  #open({ workload, functionName, unique }: GrabbedJob): OpenedMessage {
    const message = { text: workload.toString("utf8"), functionName, unique };
    return this.#settings.sealing?.message(message) ?? plainMessage(message);
  }

  /** What the job holds, as far as it could be opened. */
  #contentOf(
    { workload, workloadBytes }: GrabbedJob,
    opened: OpenedMessage["text"],
  ): Pick<TaskJob, "workload" | "workloadBytes" | "fault"> {
    if (this.#settings.sealing === undefined) return { workload, workloadBytes };
    if (!opened.ok) return { workload, workloadBytes: workload.length, fault: opened.error };
    const bytes = Buffer.from(opened.value);
    return { workload: bytes, workloadBytes: bytes.length };
  }

  #hear(job: GrabbedJob): string {
    const { text, answers } = this.#open(job);
    this.#answers.set(job, answers);
    if (!text.ok) return JSON.stringify(refuseUnsealed(this.#room, text.error.reason));
    const { functionName, unique } = job;
    const message = { text: text.value, functionName, unique };
    return answers.last(JSON.stringify(answerControl(this.#room, message, this.state)));
  }

  #log(outcome: OutcomeMessage): void {
    const { host, reason, blame, exitCode, durationMs } = outcome;
    const level = outcome.outcome === "ok" || outcome.outcome === "skipped" ? "debug" : "info";
    this.#settings.log[level]("task ended", {
      host,
      outcome: outcome.outcome,
      reason,
      blame,
      exitCode,
      durationMs,
    });
  }

  /** A worker that is at fault itself stops grabbing, and now and then tries one task. */
  #judgeSelf(outcome: OutcomeMessage): void {
    const wasFaulty = this.#selfBlame.faulty;
    const faulty = this.#selfBlame.ended(outcome.outcome, outcome.blame, outcome.reason);
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

  #bug(job: GrabbedJob, error: unknown): string {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#settings.log.error("a bug in rr-worker", { function: job.functionName, error: text });
    const message = error instanceof Error ? error.message : String(error);
    return this.#answer(
      job,
      bare(this.#room, "", { outcome: "unknown", blame: "worker", reason: `a bug in rr-worker: ${message}` }),
    );
  }

  #answer(job: GrabbedJob, outcome: OutcomeMessage): string {
    this.#settings.observer.taskEnded(outcome, performance.now() - job.grabbedAtMs);
    const text = encodeAnswer(outcome);
    return this.#answers.get(job)?.last(text) ?? text;
  }

  #keep(job: GrabbedJob): void {
    this.#settings.observer.answerUndelivered();
    this.#settings.log.warn("an answer could not be delivered: its job server is gone", {
      handle: job.handle,
    });
    const admitted = this.#admitted.get(job);
    if (admitted !== undefined) this.#room.kept.keep(admitted.id, admitted.answer, performance.now());
  }
}

export function randomIdPart(): string {
  return base32(randomBytes(3)).slice(0, 4);
}
