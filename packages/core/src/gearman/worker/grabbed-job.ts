import type { ServerAddress } from "../connection/server-address.ts";
import type { Assignment, GrabbedJob } from "./assignment.ts";
import type { WorkerSession } from "./worker-session.ts";

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

  sendStatus(done: number, all: number): void {
    this.session.sendStatus(this.handle, done, all);
  }

  dataArrived(): Promise<boolean> {
    return this.session.flush();
  }

  /** Its connection is gone. */
  lose(): void {
    this.#lost?.abort();
  }
}
