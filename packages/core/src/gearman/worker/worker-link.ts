import { errorText, type AdapterLog } from "../adapter-log.ts";
import type { ConnectionTimes } from "../connection/connection.ts";
import type { Dial } from "../connection/dial.ts";
import { advanceGrab, initialGrabState, type GrabAction, type GrabEvent } from "./grab-loop.ts";
import type { Assignment, GrabbedJob } from "./assignment.ts";
import { AssignedJob } from "./grabbed-job.ts";
import type { Places } from "./places.ts";
import { Redialer, type LinkState } from "../connection/redialer.ts";
import { formatServer, type ServerAddress } from "../connection/server-address.ts";
import { WorkerSession, type Answer } from "./worker-session.ts";

/** The body of a job's one WORK_COMPLETE, and what to do where that did not reach the job server. */
export interface JobResult {
  readonly body: Buffer | string;
  /** Instead of the worker's `onUndeliverable`. */
  readonly undeliverable: () => void;
}

export type JobHandler = (job: GrabbedJob) => Promise<Buffer | string | JobResult>;

export interface WorkerLinkOptions {
  readonly clientId: string;
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly places: Places;
  readonly log: AdapterLog;
  readonly dial: Dial;
  readonly times: ConnectionTimes;
  readonly random: () => number;
  readonly answerTimeoutMs: number;
  readonly pokeIntervalMs: number;
  readonly maxWorkloadBytes: number;
  readonly maxDataBytes: number;
  readonly maxResultBytes: number;
  readonly onHandlerError: (job: GrabbedJob, error: unknown) => Buffer | string;
  readonly onUndeliverable: (job: GrabbedJob, body: Buffer) => void;
  readonly onState: (server: ServerAddress, state: LinkState) => void;
}

/** One worker's link to one job server: performs what the grab loop decides, and runs what it grabs. */
export class WorkerLink {
  readonly server: ServerAddress;
  readonly #options: WorkerLinkOptions;
  readonly #redialer: Redialer;
  readonly #running = new Set<AssignedJob>();
  /** Assigned, with their places taken, but the workload is still under way. */
  #arriving = 0;
  #grabState = initialGrabState;
  readonly #events: GrabEvent[] = [];
  #advancing = false;
  #dropClaim: (() => void) | undefined;
  #session: WorkerSession | undefined;
  #poke: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  constructor(server: ServerAddress, options: WorkerLinkOptions) {
    this.server = server;
    this.#options = options;
    const { dial, times, random, log } = options;
    this.#redialer = new Redialer(
      { servers: [server], dial, times, random, log },
      {
        onUp: (connection) => {
          this.#session = new WorkerSession(connection, options, {
            onAssigning: () => this.#onAssigning(),
            onAssigned: (assignment) => this.#onAssigned(assignment),
            onNoJob: () => this.#advance("noJob"),
            onNoop: () => this.#advance("noop"),
          });
          this.#session.announce(options.clientId, options.handlers.keys());
          this.#poke = setInterval(() => this.#advance("poke"), options.pokeIntervalMs);
          this.#advance("up");
        },
        onDown: () => {
          this.#endSession();
          // Whoever drains has no use for another connection, on which it would count as a worker.
          if (this.#draining !== undefined) void this.#redialer.close();
        },
        onServerError: (_, text) => {
          if (this.#session?.takeServerError(text) === true) return;
          // A result for a job that the server no longer knows: cancelled there, or its client has gone.
          log.info(`${formatServer(server)} answered ${text}`);
        },
        onState: (state) => options.onState(server, state),
      },
    );
  }

  get state(): LinkState {
    return this.#redialer.state;
  }

  get running(): number {
    return this.#running.size;
  }

  start(): void {
    this.#redialer.start();
  }

  pause(): void {
    this.#advance("pause");
  }

  resume(): void {
    if (this.#draining === undefined) this.#advance("resume");
  }

  /** No new grabs; resolves when what runs has ended, the job server has the results, and the link is closed. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async #drain(): Promise<void> {
    this.pause();
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      this.#checkIdle();
    });
    await this.#session?.flush();
    await this.close();
  }

  /** At once; results of jobs that still run become undeliverable. */
  async close(): Promise<void> {
    const closed = this.#redialer.close();
    this.#endSession();
    await closed;
  }

  #endSession(): void {
    clearInterval(this.#poke);
    const session = this.#session;
    this.#session = undefined;
    this.#advance("down");
    for (; this.#arriving > 0; this.#arriving -= 1) this.#options.places.release();
    if (session === undefined) return;
    const unproved = session.end();
    for (const job of this.#running) if (job.session === session) job.lose();
    for (const answer of unproved) this.#undeliverable(answer);
  }

  /** Grabs the next without waiting for the workload: the round trip is most of what a short job costs. */
  #onAssigning(): void {
    this.#arriving += 1;
    this.#advance("jobAssigned");
  }

  #onAssigned(assignment: Assignment): void {
    const session = this.#session;
    if (session === undefined) return;
    const job = new AssignedJob(assignment, session, this.#options.maxDataBytes);
    this.#arriving -= 1;
    this.#running.add(job);
    void this.#run(job);
  }

  /** Never rejects; ends with exactly one WORK_COMPLETE, or one word to onUndeliverable. */
  async #run(job: AssignedJob): Promise<void> {
    let body: Buffer;
    let undeliverable: (() => void) | undefined;
    try {
      const handler = this.#options.handlers.get(job.functionName);
      if (handler === undefined)
        throw new Error(`bug: ${job.functionName} was assigned, which nobody registered`);
      const result = await handler(job);
      const whole = typeof result === "object" && "undeliverable" in result;
      body = this.#resultBody(whole ? result.body : result);
      if (whole) ({ undeliverable } = result);
    } catch (error) {
      body = this.#bodyOfError(job, error);
    }
    const answer = { job, body, undeliverable };
    if (!job.session.complete(answer)) this.#undeliverable(answer);
    this.#running.delete(job);
    this.#options.places.release();
    this.#checkIdle();
  }

  #resultBody(result: unknown): Buffer {
    const body = typeof result === "string" ? Buffer.from(result) : result;
    if (!Buffer.isBuffer(body))
      throw new TypeError(`bug: a job's result is ${typeof result}, not text or bytes`);
    const { maxResultBytes } = this.#options;
    if (body.length <= maxResultBytes) return body;
    throw new RangeError(`bug: a job's result has ${body.length} bytes; at most ${maxResultBytes} are sent`);
  }

  #bodyOfError(job: AssignedJob, error: unknown): Buffer {
    const { log, onHandlerError } = this.#options;
    log.error(`bug: the handler of ${job.functionName} failed for ${job.handle}: ${errorText(error)}`);
    try {
      return Buffer.from(onHandlerError(job, error));
    } catch (second) {
      log.error(`bug: onHandlerError threw for ${job.handle}: ${errorText(second)}`);
      return Buffer.alloc(0);
    }
  }

  #undeliverable({ job, body, undeliverable }: Answer): void {
    const { log, onUndeliverable } = this.#options;
    log.warn(`the result of ${job.handle} may not have reached ${formatServer(this.server)}`);
    try {
      if (undeliverable === undefined) onUndeliverable(job, body);
      else undeliverable();
    } catch (error) {
      log.error(`bug: onUndeliverable threw for ${job.handle}: ${errorText(error)}`);
    }
  }

  #checkIdle(): void {
    const idle = this.#running.size === 0 && this.#arriving === 0 && this.#grabState.phase !== "grabbing";
    if (idle) this.#idle?.();
  }

  /** Actions may cause events; those wait until the actions before them are done. */
  #advance(event: GrabEvent): void {
    this.#events.push(event);
    if (this.#advancing) return;
    this.#advancing = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const { state, actions } = advanceGrab(this.#grabState, next);
      this.#grabState = state;
      for (const action of actions) this.#perform(action);
    }
    this.#advancing = false;
    this.#checkIdle();
  }

  #perform(action: GrabAction): void {
    switch (action) {
      case "claimPlace":
        this.#dropClaim = this.#options.places.claim(() => this.#advance("placeGranted"));
        break;
      case "dropClaim":
        this.#dropClaim?.();
        break;
      case "returnPlace":
        this.#options.places.release();
        break;
      case "grab":
        this.#session?.grab();
        break;
      case "preSleep":
        this.#session?.preSleep();
        break;
    }
  }
}
