import { errorText, type AdapterLog } from "../adapter-log.ts";

/** How a submission ended. Every submission ends with exactly one, and its promise never rejects. */
export type SubmissionResult =
  /** WORK_COMPLETE. */
  | { readonly kind: "complete"; readonly data: Buffer }
  /** WORK_FAIL: the worker's, or gearmand's own when the worker's connection is gone. */
  | { readonly kind: "failed" }
  /** WORK_EXCEPTION. */
  | { readonly kind: "exception"; readonly data: Buffer }
  /** No answer will come here; the job may be queued, running or done. */
  | { readonly kind: "lost"; readonly maybeRunning: true; readonly reason: string }
  /** Its answers were longer than the client takes; the job may be running. */
  | { readonly kind: "tooLarge"; readonly limitBytes: number; readonly reason: string }
  /** Nothing was sent, or (`QUEUE_FULL`, `SERVER_ERROR`) the server did not take it: nothing of it ever runs. */
  | { readonly kind: "rejected"; readonly code: RejectionCode; readonly reason: string };

export type RejectionCode =
  | "NOT_CONNECTED"
  /** The client's own limit of jobs in flight. */
  | "TOO_MANY_IN_FLIGHT"
  /** gearmand's `maxqueue` of this function; worth another try later. */
  | "QUEUE_FULL"
  /** A name that cannot go over the wire. */
  | "INVALID"
  /** The unique is in flight on this connection. */
  | "DUPLICATE"
  | "SERVER_ERROR";

export type Priority = "high" | "normal" | "low";

export interface SubmissionRequest {
  /** At most 63 bytes without white space or NUL, like `unique`. */
  readonly functionName: string;
  /** Fresh for each submission: gearmand gives two submissions of one unique one run and one result. */
  readonly unique: string;
  readonly workload: Buffer | string;
  /** Whose jobs of one function are given to workers first; default: normal. */
  readonly priority?: Priority | undefined;
  /** The job server has queued it. */
  readonly onAccepted?: (handle: string) => void;
  /** Each WORK_DATA, whole and in order; the next, and the result, wait for its promise. */
  readonly onData?: (chunk: Buffer) => void | Promise<void>;
  /** Then it ends as `lost`; default: none. */
  readonly timeoutMs?: number;
}

export interface Submission {
  readonly unique: string;
  readonly result: Promise<SubmissionResult>;
  /** Ends it as `lost`, unless it has ended; the job itself is not cancelled. */
  abandon(reason: string): void;
  /** Asks the job server whether a worker has the job now. Told once, if the server answers while it is in flight. */
  askHandedOut(heard: HandedOut): void;
}

/** Whether a worker has the job. */
export type HandedOut = (isHandedOut: boolean) => void;

const NO_BODY = Buffer.alloc(0);

/** A packet in the order of arrival; `body` is there once it was read. */
interface Arrival {
  readonly type: "data" | "complete" | "exception" | "failed" | "tooLarge";
  readonly bytes: number;
  body: Buffer | undefined;
}

/**
 * One submission from its sending to its end: puts the answers into their order, waits for a slow consumer, counts
 * what is kept, and settles once.
 */
export class PendingSubmission implements Submission {
  readonly unique: string;
  readonly result: Promise<SubmissionResult>;
  #settle: ((result: SubmissionResult) => void) | undefined;
  readonly #request: SubmissionRequest;
  readonly #limitBytes: number;
  readonly #log: AdapterLog;
  readonly #onKept: (bytes: number) => void;
  readonly #ask: (handle: string, heard: HandedOut) => void;
  #handle: string | undefined;
  readonly #arrivals: Arrival[] = [];
  #delivering = false;
  #receivedBytes = 0;
  /** Told when the answers that did arrive have been delivered. */
  #lostReason: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param onKept told of bytes that wait for the consumer (positive) and that no longer do (negative)
   * @param ask asks the job server whether a worker has the job of this handle
   */
  constructor(
    request: SubmissionRequest,
    limitBytes: number,
    log: AdapterLog,
    onKept: (bytes: number) => void,
    ask: (handle: string, heard: HandedOut) => void = () => {},
  ) {
    this.unique = request.unique;
    this.#request = request;
    this.#limitBytes = limitBytes;
    this.#log = log;
    this.#onKept = onKept;
    this.#ask = ask;
    this.result = new Promise((resolve) => (this.#settle = resolve));
    const { timeoutMs } = request;
    if (timeoutMs !== undefined)
      this.#timer = setTimeout(() => this.abandon(`no answer within ${timeoutMs} ms`), timeoutMs);
  }

  get settled(): boolean {
    return this.#settle === undefined;
  }

  abandon(reason: string): void {
    this.settle({ kind: "lost", maybeRunning: true, reason });
  }

  accepted(handle: string): void {
    this.#handle = handle;
    if (!this.settled) this.#tell("onAccepted", () => this.#request.onAccepted?.(handle));
  }

  askHandedOut(heard: HandedOut): void {
    if (this.settled || this.#handle === undefined) return;
    this.#ask(this.#handle, (isHandedOut) => {
      if (!this.settled) heard(isHandedOut);
    });
  }

  /**
   * Notes that an answer of so many bytes comes. Returns what to call with its body, or undefined where the body
   * is not wanted.
   */
  arrive(type: Arrival["type"], bytes: number): ((body: Buffer) => void) | undefined {
    if (this.settled || this.#receivedBytes > this.#limitBytes) return undefined;
    this.#receivedBytes += bytes;
    if (this.#receivedBytes > this.#limitBytes) {
      this.#arrivals.push({ type: "tooLarge", bytes: 0, body: NO_BODY });
      this.#deliver();
      return undefined;
    }
    const arrival: Arrival = { type, bytes, body: undefined };
    this.#arrivals.push(arrival);
    this.#onKept(bytes);
    return (body) => {
      arrival.body = body;
      this.#deliver();
    };
  }

  /** Its connection is gone: ends it as lost behind the answers that have arrived whole. */
  connectionLost(reason: string): void {
    const torn = this.#arrivals.findIndex(({ body }) => body === undefined);
    if (torn !== -1) this.#drop(this.#arrivals.splice(torn));
    this.#lostReason = reason;
    this.#deliver();
  }

  settle(result: SubmissionResult): void {
    if (this.#settle === undefined) return;
    clearTimeout(this.#timer);
    const settle = this.#settle;
    this.#settle = undefined;
    this.#drop(this.#arrivals.splice(0));
    settle(result);
  }

  #deliver(): void {
    while (!this.#delivering && !this.settled) {
      const body = this.#arrivals[0]?.body;
      if (body === undefined) break;
      const arrival = this.#arrivals.shift();
      if (arrival === undefined) break;
      if (arrival.type === "data") this.#deliverData(body, arrival);
      else {
        this.#drop([arrival]);
        this.settle(this.#resultOf(arrival.type, body));
      }
    }
    if (this.#lostReason !== undefined && !this.#delivering && this.#arrivals.length === 0)
      this.abandon(this.#lostReason);
  }

  #resultOf(type: Exclude<Arrival["type"], "data">, data: Buffer): SubmissionResult {
    if (type === "failed") return { kind: "failed" };
    if (type !== "tooLarge") return { kind: type, data };
    const limitBytes = this.#limitBytes;
    return { kind: "tooLarge", limitBytes, reason: `its answers are over ${limitBytes} bytes` };
  }

  #deliverData(body: Buffer, arrival: Arrival): void {
    const delivered = this.#tell("onData", () => this.#request.onData?.(body));
    if (!(delivered instanceof Promise)) {
      this.#drop([arrival]);
      return;
    }
    this.#delivering = true;
    void delivered
      .catch((error: unknown) => this.#logBug("onData", error))
      .then(() => {
        this.#delivering = false;
        this.#drop([arrival]);
        this.#deliver();
      });
  }

  #drop(arrivals: readonly Arrival[]): void {
    let bytes = 0;
    for (const arrival of arrivals) bytes += arrival.bytes;
    if (bytes > 0) this.#onKept(-bytes);
  }

  /** A listener that throws must not take the connection, and every other job on it, with it. */
  #tell<T>(what: string, listener: () => T): T | undefined {
    try {
      return listener();
    } catch (error) {
      this.#logBug(what, error);
      return undefined;
    }
  }

  #logBug(what: string, error: unknown): void {
    this.#log.error(`bug: ${what} of the submission ${this.unique} threw: ${errorText(error)}`);
  }
}
