import { types, type Packet } from "gearman-packet";
import type { AdapterLog } from "../adapter-log.ts";
import type { Connection } from "../connection/connection.ts";
import { Expectation } from "../connection/expectation.ts";
import { readBody } from "../packets/read-body.ts";
import { PendingSubmission, type HandedOut, type SubmissionRequest } from "./submission.ts";

export interface SessionLimits {
  /** Of all answers of one submission. */
  readonly maxAnswerBytes: number;
  /** Of answers that wait for their consumers, over all submissions: above it nothing more is read. */
  readonly maxKeptBytes: number;
  /** Of the job server, to say that it has taken a submission or has not. */
  readonly answerTimeoutMs: number;
}

const NO_BODY = Buffer.alloc(0);

const PACKETS = { high: "SUBMIT_JOB_HIGH", normal: "SUBMIT_JOB", low: "SUBMIT_JOB_LOW" } as const;

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
  /** Sent, and not answered with JOB_CREATED or ERROR; the server answers them in this order. */
  readonly #unanswered: PendingSubmission[] = [];
  readonly #answerOwed: Expectation;
  /** By handle: who waits to hear whether a worker has the job. */
  readonly #statusAsked = new Map<string, HandedOut>();
  #hearsErrors = false;
  #keptBytes = 0;
  #inFlight = 0;

  constructor(connection: Connection, limits: SessionLimits, log: AdapterLog) {
    this.#connection = connection;
    this.#limits = limits;
    this.#log = log;
    this.#answerOwed = new Expectation(connection, "answer to a submission", limits.answerTimeoutMs);
    const { packets } = connection.protocol;
    packets.accept("JOB_CREATED", (packet) => this.#onCreated(packet));
    packets.accept("STATUS_RES", ({ args: { job = "", running } }) => {
      const heard = this.#statusAsked.get(job);
      this.#statusAsked.delete(job);
      heard?.(running === "1");
    });
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
    const { functionName, unique, workload, priority = "normal" } = request;
    const submission = new PendingSubmission(
      request,
      this.#limits.maxAnswerBytes,
      this.#log,
      (bytes) => this.#onKept(bytes),
      (handle, heard) => this.#askStatus(handle, heard),
    );
    this.#byUnique.set(unique, submission);
    this.#inFlight += 1;
    void submission.result.then(() => (this.#inFlight -= 1));
    const body = typeof workload === "string" ? Buffer.from(workload) : workload;
    if (this.#unanswered.length === 0) this.#answerOwed.begin();
    this.#unanswered.push(submission);
    this.#hearErrors();
    const { functionPrefix = "" } = this.#connection.server;
    this.#connection.send(types[PACKETS[priority]], [functionPrefix + functionName, unique], body);
    return submission;
  }

  /** The connection is gone. */
  end(reason: string): void {
    this.#answerOwed.end();
    const all = [...this.#byUnique.values()];
    this.#byUnique.clear();
    this.#byHandle.clear();
    this.#unanswered.length = 0;
    this.#statusAsked.clear();
    for (const submission of all) submission.connectionLost(reason);
  }

  /** Nothing that comes on this connection is believed any more; another one is made. */
  distrust(reason: string): void {
    this.#connection.destroy(reason);
  }

  /** Once at a time: a server that does not answer is not asked again. */
  #askStatus(handle: string, heard: HandedOut): void {
    if (this.#statusAsked.has(handle) || !this.#byHandle.has(handle)) return;
    this.#statusAsked.set(handle, heard);
    this.#connection.send(types.GET_STATUS, [handle]);
  }

  #onCreated(packet: Packet): void {
    const submission = this.#nextAnswered();
    const handle = packet.args.job ?? "";
    if (submission === undefined) return;
    if (this.#byHandle.has(handle)) {
      this.#connection.destroy(
        `it gave two jobs one handle, ${JSON.stringify(handle)}, so that their answers cannot be told apart: ` +
          `gearmand cuts handles that its host name makes too long; start it with --job-handle-prefix=H:rr`,
        true,
      );
      return;
    }
    this.#byHandle.set(handle, submission);
    submission.accepted(handle);
  }

  /** The submission that the server answers now. */
  #nextAnswered(): PendingSubmission | undefined {
    const submission = this.#unanswered.shift();
    if (this.#unanswered.length > 0) this.#answerOwed.begin();
    else this.#answerOwed.end();
    return submission;
  }

  /** abraxas gives an ERROR to who has asked for the next one; to have each asked for costs a search in all others. */
  #hearErrors(): void {
    if (this.#hearsErrors) return;
    this.#hearsErrors = true;
    this.#connection.protocol.packets.acceptSerial("ERROR", (packet) => {
      this.#hearsErrors = false;
      // Taken out now: what is answered next may come before the error's text is there.
      const submission = this.#nextAnswered();
      if (this.#unanswered.length > 0) this.#hearErrors();
      const heard = (bytes: Buffer): void => {
        const text = `${packet.args.errorcode ?? "ERROR"}: ${bytes.toString("utf8")}`;
        if (submission === undefined) this.#connection.tellServerError(text);
        else this.#onRefused(submission, text);
      };
      if (packet.body === undefined) heard(NO_BODY);
      else readBody(packet.body, heard);
    });
  }

  #onRefused(submission: PendingSubmission, text: string): void {
    this.#byUnique.delete(submission.unique);
    const code = /queue is full/i.test(text) ? "QUEUE_FULL" : "SERVER_ERROR";
    submission.settle({ kind: "rejected", code, reason: `the job server refused it: ${text}` });
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
    this.#statusAsked.delete(handle);
    if (submission !== undefined) this.#byUnique.delete(submission.unique);
    return submission;
  }

  #onKept(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#keptBytes > this.#limits.maxKeptBytes) this.#connection.hold();
    else if (this.#keptBytes <= this.#limits.maxKeptBytes / 2) this.#connection.release();
  }
}
