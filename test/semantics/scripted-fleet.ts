import { setTimeout as sleep } from "node:timers/promises";
import {
  controlFunction,
  encodeAnswer,
  parseControl,
  parseWorkload,
  runFunction,
  type OutcomeMessage,
} from "@roadrunner/core";
import { GearmanWorker, Places, type GrabbedJob, type ServerAddress } from "@roadrunner/core/gearman";

/** What a scripted host does with a task. */
export interface ScriptedEnd {
  /** Default ok. */
  readonly outcome?: OutcomeMessage["outcome"];
  /** Default 0. */
  readonly afterMs?: number;
  readonly reason?: string;
  /** Default host. */
  readonly blame?: OutcomeMessage["blame"];
  readonly noRetry?: boolean;
  /** The worker grabs no more, as rr-worker does when it was at fault five times in a row. */
  readonly standDown?: boolean;
}

export interface ScriptedTask {
  readonly job: string;
  readonly host: string;
  readonly attempt: number;
  /** w1, w2, … */
  readonly worker: string;
}

export type Script = (task: ScriptedTask) => ScriptedEnd;

/**
 * Workers whose hosts are scripted: they speak the real wire format through a real job server, keep revocations as
 * rr-worker does, and count what a host would count.
 */
export class ScriptedFleet {
  /** Every start, in order, as `job host attempt`. */
  readonly starts: string[] = [];
  readonly #mostAtOnce = new Map<string, number>();
  readonly #atOnce = new Map<string, number>();
  readonly #revoked = new Set<string>();
  readonly #workers = new Map<string, GearmanWorker>();
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  start(server: ServerAddress, options: { readonly workers: number; readonly places: number }): void {
    for (let number = 1; number <= options.workers; number += 1) {
      const id = `w${number}`;
      this.#add(server, id, runFunction(), options.places, (job) => this.#task(id, options.places, job));
      this.#add(server, `${id}-control`, controlFunction(id), 4, async (job) => this.#control(id, job));
    }
  }

  /** The most hosts of a job at once. */
  mostAtOnce(job: string): number {
    return this.#mostAtOnce.get(job) ?? 0;
  }

  /** Hosts of a job in the order in which they started. */
  startsOf(job: string): string[] {
    return this.starts
      .filter((start) => start.startsWith(`${job} `))
      .map((start) => start.split(" ")[1] ?? "");
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#workers.values(), (worker) => worker.close()));
  }

  #add(
    server: ServerAddress,
    clientId: string,
    name: string,
    places: number,
    handler: (job: GrabbedJob) => Promise<string>,
  ): void {
    const worker = new GearmanWorker({
      servers: [server],
      clientId,
      functions: [{ name, handler }],
      places: new Places(places),
      onHandlerError: (_, error) => String(error),
      onUndeliverable: () => undefined,
    });
    worker.start();
    this.#workers.set(clientId, worker);
  }

  async #task(worker: string, places: number, job: GrabbedJob): Promise<string> {
    const parsed = parseWorkload(job.workload.toString("utf8"));
    if (!parsed.ok || parsed.value.task === undefined) throw new Error("a workload that is no task");
    const { host, task } = parsed.value;
    const answer = (end: ScriptedEnd): string => {
      const { outcome = "ok", reason, blame, noRetry } = end;
      const { submission } = task;
      return encodeAnswer({
        v: 1,
        submission,
        host,
        outcome,
        worker,
        stdout: "",
        stderr: "",
        ...(reason === undefined ? {} : { reason }),
        ...(outcome === "ok" ? { exitCode: 0 } : { blame: blame ?? "host" }),
        ...(outcome === "failed" ? { exitCode: 1 } : {}),
        ...(noRetry === undefined ? {} : { noRetry }),
      });
    };
    if (this.#revoked.has(`${task.run} ${task.job}`)) return answer({ outcome: "skipped" });
    const { submission } = task;
    await job.sendData(
      encodeAnswer({ type: "started", v: 1, submission, worker, places, version: "0", reads: [1] }),
    );
    this.starts.push(`${task.job} ${host} ${task.attempt}`);
    this.#count(task.job, 1);
    const end = this.#script({ job: task.job, host, attempt: task.attempt, worker });
    if (end.afterMs !== undefined) await sleep(end.afterMs);
    this.#count(task.job, -1);
    if (end.standDown === true) this.#workers.get(worker)?.pause();
    return answer(end);
  }

  #control(worker: string, job: GrabbedJob): string {
    const parsed = parseControl(job.workload.toString("utf8"));
    if (parsed.ok && parsed.value.type !== "status" && parsed.value.type !== "epoch") {
      const { run, jobs = [] } = parsed.value;
      for (const name of jobs) this.#revoked.add(`${run} ${name}`);
    }
    return JSON.stringify({
      v: 1,
      worker,
      ok: parsed.ok,
      version: "0",
      places: 1,
      running: 0,
      state: "running",
    });
  }

  #count(job: string, by: number): void {
    const now = (this.#atOnce.get(job) ?? 0) + by;
    this.#atOnce.set(job, now);
    this.#mostAtOnce.set(job, Math.max(this.mostAtOnce(job), now));
  }
}
