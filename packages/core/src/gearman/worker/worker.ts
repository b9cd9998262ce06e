import { silentLog, type AdapterLog } from "../adapter-log.ts";
import { ANSWER_TIMEOUT_MS, connectionTimes } from "../client/client.ts";
import { dialTcp, type Dial } from "../connection/dial.ts";
import type { GrabbedJob } from "./assignment.ts";
import { Listeners } from "../listeners.ts";
import { checkName } from "../names.ts";
import type { Places } from "./places.ts";
import type { LinkState } from "../connection/redialer.ts";
import type { ServerAddress } from "../connection/server-address.ts";
import { WorkerLink, type JobHandler } from "./worker-link.ts";

export interface WorkerFunction {
  readonly name: string;
  /** Its result is the body of the job's one WORK_COMPLETE; a handler that throws is a bug, see `onHandlerError`. */
  readonly handler: JobHandler;
}

export interface GearmanWorkerOptions {
  /** Not empty; the worker listens on all of them, with one link each. */
  readonly servers: readonly ServerAddress[];
  /** Shown by `gearadmin --workers`. */
  readonly clientId: string;
  readonly functions: readonly WorkerFunction[];
  /** How many jobs at once, over all servers and all workers that share it. */
  readonly places: Places;
  /** What to complete a job with whose handler threw, or gave no text or bytes. */
  readonly onHandlerError: (job: GrabbedJob, error: unknown) => Buffer | string;
  /**
   * A result whose connection went before the job server is known to have it. It is not sent on another connection:
   * to the job server that would be another job's. A result may say itself what to do then, see JobResult.
   */
  readonly onUndeliverable?: (job: GrabbedJob, body: Buffer) => void;
  readonly log?: AdapterLog;
  readonly dial?: Dial;
  /** Defaults as the client's. */
  readonly handshakeTimeoutMs?: number;
  readonly pingIntervalMs?: number;
  readonly pongTimeoutMs?: number;
  /** For the job server to answer a grab or an ECHO_REQ; then the connection is made anew. Default 30 s. */
  readonly answerTimeoutMs?: number;
  /** A link that sleeps asks for a job so often, unasked; default 30 s. */
  readonly pokeIntervalMs?: number;
  /** Longer workloads are dropped unread, see GrabbedJob; default 32 MiB. */
  readonly maxWorkloadBytes?: number;
  /** Bound on all WORK_DATA of a job; default 32 MiB. */
  readonly maxDataBytes?: number;
  /** Default 31 MiB: with the data, within what a client takes of one submission. */
  readonly maxResultBytes?: number;
  readonly random?: () => number;
}

export interface WorkerLinkState {
  readonly server: ServerAddress;
  readonly state: LinkState;
}

const MIB = 1024 * 1024;

/**
 * Grabs jobs from several job servers and completes each exactly once; it never sends WORK_FAIL or WORK_EXCEPTION.
 * Held by the event loop from `start` until `drain` or `close` has resolved.
 */
export class GearmanWorker {
  readonly #links: readonly WorkerLink[];
  readonly #listeners: Listeners<WorkerLinkState>;

  /** Throws where a name cannot go over the wire, or a function is there twice: bugs of the caller. */
  constructor(options: GearmanWorkerOptions) {
    const log = options.log ?? silentLog;
    this.#listeners = new Listeners("the Gearman worker's state", log);
    const clientId = checkName("client id", options.clientId);
    if (!clientId.ok) throw new Error(`bug: ${clientId.error}`);
    const link = {
      clientId: options.clientId,
      handlers: handlersByName(options.functions),
      places: options.places,
      log,
      dial: options.dial ?? dialTcp,
      times: connectionTimes(options),
      random: options.random ?? Math.random,
      answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
      pokeIntervalMs: options.pokeIntervalMs ?? 30_000,
      maxWorkloadBytes: options.maxWorkloadBytes ?? 32 * MIB,
      maxDataBytes: options.maxDataBytes ?? 32 * MIB,
      maxResultBytes: options.maxResultBytes ?? 31 * MIB,
      onHandlerError: options.onHandlerError,
      onUndeliverable: options.onUndeliverable ?? (() => undefined),
      onState: (server: ServerAddress, state: LinkState) => this.#listeners.tell({ server, state }),
    };
    this.#links = options.servers.map((server) => new WorkerLink(server, link));
  }

  /** One for each server, in their order. */
  get links(): readonly WorkerLinkState[] {
    return this.#links.map(({ server, state }) => ({ server, state }));
  }

  /** Jobs whose handler has not ended, also those whose connection is gone. */
  get running(): number {
    return this.#links.reduce((sum, { running }) => sum + running, 0);
  }

  /** Hears every change of a link's state from now on. Returns how to stop listening. */
  onState(listener: (change: WorkerLinkState) => void): () => void {
    return this.#listeners.add(listener);
  }

  start(): void {
    for (const link of this.#links) link.start();
  }

  /** Grabs no more until `resume`; what runs goes on. A grab that is under way may still bring one job a link. */
  pause(): void {
    for (const link of this.#links) link.pause();
  }

  resume(): void {
    for (const link of this.#links) link.resume();
  }

  /**
   * Grabs no more, lets what runs finish, waits until the job servers have the results, and closes. A link closes
   * as soon as nothing runs on it. It never unregisters a function: that would make gearmand give a running job to
   * another worker.
   */
  async drain(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.drain()));
  }

  /** Closes at once. Jobs that still run become undeliverable, and their places come back when they end. */
  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()));
  }
}

function handlersByName(functions: readonly WorkerFunction[]): ReadonlyMap<string, JobHandler> {
  const handlers = new Map<string, JobHandler>();
  for (const { name, handler } of functions) {
    const checked = checkName("function name", name);
    if (!checked.ok) throw new Error(`bug: ${checked.error}`);
    if (handlers.has(name)) throw new Error(`bug: the function ${name} is there twice`);
    handlers.set(name, handler);
  }
  return handlers;
}
