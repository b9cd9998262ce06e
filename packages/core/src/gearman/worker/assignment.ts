import type { ServerAddress } from "../connection/server-address.ts";

/** A job of the job server for this worker, as it was sent. */
export interface Assignment {
  readonly functionName: string;
  readonly handle: string;
  /** May be empty: other clients need not send one. */
  readonly unique: string;
  /** Empty where it was longer than the worker takes: then `workloadBytes` is not 0. */
  readonly workload: Buffer;
  readonly workloadBytes: number;
}

/** A Gearman job that this worker was assigned. */
export interface GrabbedJob extends Assignment {
  readonly server: ServerAddress;
  /** When its workload was there, by `performance.now()`. */
  readonly grabbedAtMs: number;
  /**
   * Sends WORK_DATA, in the order of the calls. Resolves when the next chunk may follow: false where this one was
   * not sent, since the connection is gone or the job has sent more than `maxDataBytes`.
   */
  sendData(chunk: Buffer | string): Promise<boolean>;
  /** Sends WORK_STATUS: so many parts of so many are done. */
  sendStatus(done: number, all: number): void;
  /**
   * Resolves with true when the job server is known to have read all that was sent until now: it then tells the
   * client of it before it tells that the worker is gone. False: the connection is gone, and nobody knows.
   */
  dataArrived(): Promise<boolean>;
  /** Aborts when the job's connection is gone: the job server may then have given the job to another worker. */
  readonly connectionLost: AbortSignal;
}
