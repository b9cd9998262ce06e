import type { Packet } from "gearman-packet";
import type { AdapterLog } from "./adapter-log.ts";
import type { Connection } from "./connection.ts";
import { readBody } from "./read-body.ts";
import { PendingSubmission, type SubmissionRequest } from "./submission.ts";

export interface SessionLimits {
  /** Of all answers of one submission. */
  readonly maxAnswerBytes: number;
  /** Of answers that wait for their consumers, over all submissions: above it nothing more is read. */
  readonly maxKeptBytes: number;
}

const NO_BODY = Buffer.alloc(0);

/**
 * What is in flight on one connection to a job server. It dies with its connection: a submission never moves to
 * another one.
 */
export class ClientSession {
  readonly #connection: Connection;
  readonly #limits: SessionLimits;
  readonly #log: AdapterLog;
  /** From the sending to the job's last packet, also where nobody waits any more: the server still knows it. */
  readonly #byUnique = new Map<string, PendingSubmission>();
  readonly #byHandle = new Map<string, PendingSubmission>();
  #keptBytes = 0;
  #inFlight = 0;

  constructor(connection: Connection, limits: SessionLimits, log: AdapterLog) {
    this.#connection = connection;
    this.#limits = limits;
    this.#log = log;
    const { packets } = connection.protocol;
    packets.accept("WORK_DATA", (packet) => this.#onBody("data", packet));
    packets.accept("WORK_COMPLETE", (packet) => this.#onBody("complete", packet));
    packets.accept("WORK_EXCEPTION", (packet) => this.#onBody("exception", packet));
    packets.accept("WORK_FAIL", (packet) => this.#forget(packet)?.arrive("failed", 0)?.(NO_BODY));
  }

  /** Submissions that have not ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  has(unique: string): boolean {
    return this.#byUnique.has(unique);
  }

  /** The request was checked, and its unique is not in flight here. */
  submit(request: SubmissionRequest): PendingSubmission {
    const { functionName, unique, workload } = request;
    const submission = new PendingSubmission(request, this.#limits.maxAnswerBytes, this.#log, (bytes) =>
      this.#onKept(bytes),
    );
    this.#byUnique.set(unique, submission);
    this.#inFlight += 1;
    void submission.result.then(() => (this.#inFlight -= 1));
    const body = typeof workload === "string" ? Buffer.from(workload) : workload;
    this.#connection.gather();
    this.#connection.protocol.submitJob(functionName, body, { uniqueid: unique }, (error, packet) => {
      if (error !== null) this.#onRefused(submission, error);
      else this.#onCreated(submission, packet);
    });
    return submission;
  }

  /** The connection is gone. */
  end(reason: string): void {
    const all = [...this.#byUnique.values()];
    this.#byUnique.clear();
    this.#byHandle.clear();
    for (const submission of all) submission.connectionLost(reason);
  }

  #onCreated(submission: PendingSubmission, packet: Packet): void {
    const handle = packet.args.job ?? "";
    this.#byHandle.set(handle, submission);
    submission.accepted(handle);
  }

  #onRefused(submission: PendingSubmission, error: Error & { readonly code?: string }): void {
    this.#byUnique.delete(submission.unique);
    const reason = `the job server refused it: ${error.code ?? "ERROR"}: ${error.message}`;
    const full = /queue is full/i.test(error.message);
    submission.settle({ kind: "rejected", code: full ? "QUEUE_FULL" : "SERVER_ERROR", reason });
  }

  #onBody(type: "data" | "complete" | "exception", packet: Packet): void {
    const submission = type === "data" ? this.#byHandle.get(packet.args.job ?? "") : this.#forget(packet);
    const { body } = packet;
    const take = submission?.arrive(type, body?.length ?? 0);
    // A body that nobody reads would stop everything behind it.
    if (body === undefined || take === undefined) body?.resume();
    else readBody(body, take);
  }

  #forget(packet: Packet): PendingSubmission | undefined {
    const handle = packet.args.job ?? "";
    const submission = this.#byHandle.get(handle);
    this.#byHandle.delete(handle);
    if (submission !== undefined) this.#byUnique.delete(submission.unique);
    return submission;
  }

  #onKept(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#keptBytes > this.#limits.maxKeptBytes) this.#connection.hold();
    else if (this.#keptBytes <= this.#limits.maxKeptBytes / 2) this.#connection.release();
  }
}
