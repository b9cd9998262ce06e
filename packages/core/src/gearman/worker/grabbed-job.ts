import type { ServerAddress } from "../connection/server-address.ts";
import type { WorkerSession } from "./worker-session.ts";

/** A Gearman job that this worker was assigned. */
export interface GrabbedJob {
  readonly functionName: string;
  readonly handle: string;
  /** May be empty: other clients need not send one. */
  readonly unique: string;
  /** Empty where it was longer than the worker takes: then `workloadBytes` is not 0. */
  readonly workload: Buffer;
  readonly workloadBytes: number;
  readonly server: ServerAddress;
  /** When its workload was there, by `performance.now()`. */
  readonly grabbedAtMs: number;
  /**
   * Sends WORK_DATA, in the order of the calls. Resolves when the next chunk may follow: false where this one was
   * not sent, since the connection is gone or the job has sent more than `maxDataBytes`.
   */
  sendData(chunk: Buffer | string): Promise<boolean>;
  /**
   * Resolves with true when the job server is known to have read all that was sent until now: it then tells the
   * client of it before it tells that the worker is gone. False: the connection is gone, and nobody knows.
   */
  dataArrived(): Promise<boolean>;
  /** Aborts when the job's connection is gone: the job server may then have given the job to another worker. */
  readonly connectionLost: AbortSignal;
}

export interface Assignment {
  readonly functionName: string;
  readonly handle: string;
  readonly unique: string;
  readonly workload: Buffer;
  readonly workloadBytes: number;
}

export class AssignedJob implements GrabbedJob {
  readonly functionName: string;
  readonly handle: string;
  readonly unique: string;
  readonly workload: Buffer;
  readonly workloadBytes: number;
  readonly server: ServerAddress;
  readonly grabbedAtMs = performance.now();
  readonly session: WorkerSession;
  readonly #maxDataBytes: number;
  #sentBytes = 0;
  #lost: AbortController | undefined;

  constructor(assignment: Assignment, session: WorkerSession, maxDataBytes: number) {
    this.functionName = assignment.functionName;
    this.handle = assignment.handle;
    this.unique = assignment.unique;
    this.workload = assignment.workload;
    this.workloadBytes = assignment.workloadBytes;
    this.server = session.server;
    this.session = session;
    this.#maxDataBytes = maxDataBytes;
  }

  /** Made when it is first asked for: most jobs never look. */
  get connectionLost(): AbortSignal {
    this.#lost ??= new AbortController();
    if (!this.session.alive) this.#lost.abort();
    return this.#lost.signal;
  }

  async sendData(chunk: Buffer | string): Promise<boolean> {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (this.#sentBytes + bytes.length > this.#maxDataBytes) return false;
    this.#sentBytes += bytes.length;
    return this.session.sendData(this.handle, bytes);
  }

  dataArrived(): Promise<boolean> {
    return this.session.flush();
  }

  /** Its connection is gone. */
  lose(): void {
    this.#lost?.abort();
  }
}
