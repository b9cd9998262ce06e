import type { TaskRef } from "@roadrunner/core";

/** Submitted and not started, before the first worker has said how many places it has. */
const FIRST_NOT_STARTED = 16;
/** Submitted and not started, per announced place. */
const NOT_STARTED_PER_PLACE = 2;

export interface AdmissionLimits {
  /** Most tasks submitted at once, over all jobs. */
  readonly maxInFlight: number;
}

/** What waits: to be begun, or to be ended or asked about without that anything of it could start. */
export type Lane = "begin" | "settle";

interface Queue {
  readonly lane: Lane;
  readonly job: string;
  readonly functionName: string;
  readonly waiting: TaskRef[];
  /** Index of the first that still waits: `shift()` would be linear. */
  next: number;
}

/**
 * Which of the tasks that may start are submitted now. What lies submitted and not started in the job server
 * cannot be taken back at once when its job is decided, so there is never more of it than keeps the workers busy.
 * Jobs take turns, and so do the pools of one. It decides only; the caller tells it what became of each task.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  /** By job and function: the tasks of a job may go to several pools. */
  readonly #queues = new Map<string, Queue>();
  #turn: string[] = [];
  readonly #places = new Map<string, Map<string, number>>();
  readonly #notStarted = new Map<string, number>();
  #inFlight = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  enqueue(job: string, functionName: string, task: TaskRef, lane: Lane = "begin"): void {
    const key = `${lane} ${job} ${functionName}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = { lane, job, functionName, waiting: [], next: 0 };
      this.#queues.set(key, queue);
      this.#turn.push(key);
    }
    queue.waiting.push(task);
  }

  /**
   * The next task to submit now, which counts as submitted from here on; undefined: none may be.
   * @param only of this lane; absent: of both
   */
  next(only?: Lane): TaskRef | undefined {
    if (this.#inFlight >= this.#limits.maxInFlight) return undefined;
    for (let tried = 0; tried < this.#turn.length; tried += 1) {
      const key = this.#turn.shift();
      if (key === undefined) return undefined;
      this.#turn.push(key);
      const queue = this.#queues.get(key);
      const task = queue?.waiting[queue.next];
      if (queue === undefined || task === undefined || !this.#mayTakeMore(queue.functionName)) continue;
      if (only !== undefined && queue.lane !== only) continue;
      queue.next += 1;
      if (queue.next === queue.waiting.length) this.#forget(key);
      this.#inFlight += 1;
      this.#notStarted.set(queue.functionName, this.#notStartedOf(queue.functionName) + 1);
      return task;
    }
    return undefined;
  }

  /** A worker of this function told its places. */
  workerSeen(functionName: string, worker: string, places: number): void {
    let workers = this.#places.get(functionName);
    if (workers === undefined) {
      workers = new Map();
      this.#places.set(functionName, workers);
    }
    workers.set(worker, places);
  }

  started(functionName: string): void {
    this.#notStarted.set(functionName, Math.max(0, this.#notStartedOf(functionName) - 1));
  }

  /** A submitted task is no longer in the job server; `started`: whether `started()` was called for it. */
  gone(functionName: string, started: boolean): void {
    this.#inFlight -= 1;
    if (!started) this.started(functionName);
  }

  /** Takes those tasks of a job that wait here, to be ended as skipped. */
  withdraw(job: string, isMeant: (task: TaskRef) => boolean = () => true): readonly TaskRef[] {
    return [...this.#queues].flatMap(([key, queue]) => {
      if (queue.job !== job) return [];
      this.#forget(key);
      const waiting = queue.waiting.slice(queue.next);
      for (const task of waiting) if (!isMeant(task)) this.enqueue(job, queue.functionName, task, queue.lane);
      return waiting.filter(isMeant);
    });
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Tasks that wait here, by their job. */
  waiting(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { job, waiting, next } of this.#queues.values())
      counts.set(job, (counts.get(job) ?? 0) + waiting.length - next);
    return counts;
  }

  #mayTakeMore(functionName: string): boolean {
    const workers = this.#places.get(functionName);
    let bound = FIRST_NOT_STARTED;
    if (workers !== undefined) {
      bound = 0;
      for (const places of workers.values()) bound += places * NOT_STARTED_PER_PLACE;
    }
    return this.#notStartedOf(functionName) < bound;
  }

  #notStartedOf(functionName: string): number {
    return this.#notStarted.get(functionName) ?? 0;
  }

  #forget(key: string): void {
    this.#queues.delete(key);
    this.#turn = this.#turn.filter((other) => other !== key);
  }
}
