import { silentLog, type AdapterLog } from "../adapter-log.ts";
import { ClientSession, type SessionLimits } from "./client-session.ts";
import type { ConnectionTimes } from "../connection/connection.ts";
import { dialTcp, type Dial } from "../connection/dial.ts";
import { Listeners } from "../listeners.ts";
import { checkName } from "../names.ts";
import { Redialer, type LinkState } from "../connection/redialer.ts";
import type { ServerAddress } from "../connection/server-address.ts";
import type { RejectionCode, Submission, SubmissionRequest } from "./submission.ts";

export interface GearmanClientOptions {
  /** Not empty. The first that answers is used until it is lost, then the next. */
  readonly servers: readonly ServerAddress[];
  readonly log?: AdapterLog;
  /** Default: TCP. */
  readonly dial?: Dial;
  /** Default 5 s. */
  readonly handshakeTimeoutMs?: number;
  /** Default 10 s, and 5 s for the answer: a server that hangs is noticed after 15 s. */
  readonly pingIntervalMs?: number;
  readonly pongTimeoutMs?: number;
  /** For the job server to say that it has taken a submission; then the connection is made anew. Default 30 s. */
  readonly answerTimeoutMs?: number;
  /** Submissions that have not ended; default 1000. The next is rejected, not queued. */
  readonly maxInFlight?: number;
  /** All answers of one submission; default 64 MiB. Over it, it ends as `tooLarge`. */
  readonly maxAnswerBytes?: number;
  /** Answers that wait for slow consumers; default 64 MiB. Over it the connection is not read. */
  readonly maxKeptBytes?: number;
  /** For the backoff; default Math.random. */
  readonly random?: () => number;
}

const MIB = 1024 * 1024;
/** Far over what a busy job server takes to say a word of its own. */
export const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Submits foreground jobs to one of several job servers. Everything on it that can fail is told by a state or by a
 * submission's result; nothing waits for ever where a server dies, and nothing is thrown but for bugs of the caller.
 * Held by the event loop from `start` to `close`.
 */
export class GearmanClient {
  readonly #log: AdapterLog;
  readonly #limits: SessionLimits;
  readonly #maxInFlight: number;
  /** Of the servers' functions: a name must be one with each of them. */
  readonly #prefixes: readonly string[];
  readonly #redialer: Redialer;
  readonly #listeners: Listeners<LinkState>;
  #session: ClientSession | undefined;

  constructor(options: GearmanClientOptions) {
    this.#log = options.log ?? silentLog;
    this.#maxInFlight = options.maxInFlight ?? 1000;
    this.#prefixes = [...new Set(options.servers.map(({ functionPrefix = "" }) => functionPrefix))];
    this.#limits = {
      maxAnswerBytes: options.maxAnswerBytes ?? 64 * MIB,
      maxKeptBytes: options.maxKeptBytes ?? 64 * MIB,
      answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    };
    this.#listeners = new Listeners("the Gearman client's state", this.#log);
    this.#redialer = new Redialer(
      {
        servers: options.servers,
        dial: options.dial ?? dialTcp,
        times: connectionTimes(options),
        random: options.random ?? Math.random,
        log: this.#log,
      },
      {
        onUp: (connection) => {
          this.#session = new ClientSession(connection, this.#limits, this.#log);
        },
        onDown: (reason) => this.#endSession(reason),
        // From here on answers could be taken for those of another submission.
        onServerError: (connection, text) =>
          connection.destroy(`an error that answers no submission: ${text}`),
        onState: (state) => this.#listeners.tell(state),
      },
    );
  }

  get state(): LinkState {
    return this.#redialer.state;
  }

  /** Submissions that have not ended. */
  get inFlight(): number {
    return this.#session?.inFlight ?? 0;
  }

  /** Hears every change of `state` from now on. Returns how to stop listening. */
  onState(listener: (state: LinkState) => void): () => void {
    return this.#listeners.add(listener);
  }

  start(): void {
    this.#redialer.start();
  }

  /** Ends everything in flight as `lost`; nothing is left open when it resolves. */
  async close(): Promise<void> {
    const closed = this.#redialer.close();
    this.#endSession("the client was closed");
    await closed;
  }

  /** Sends a job now or rejects it: a submission never waits for a server. */
  submit(request: SubmissionRequest): Submission {
    const prefixes = this.#prefixes.map((prefix) =>
      checkName("function name", prefix + request.functionName),
    );
    const names = [...prefixes, checkName("unique", request.unique)];
    for (const name of names) if (!name.ok) return rejected(request, "INVALID", name.error);
    const session = this.#session;
    if (session === undefined)
      return rejected(request, "NOT_CONNECTED", "no job server is connected; nothing was sent");
    if (session.inFlight >= this.#maxInFlight)
      return rejected(request, "TOO_MANY_IN_FLIGHT", `${this.#maxInFlight} jobs are in flight already`);
    if (session.has(request.unique))
      return rejected(request, "DUPLICATE", `the unique "${request.unique}" is in flight already`);
    return session.submit(request);
  }

  /** An answer shows that the job server mixes up its jobs: all that is in flight ends as lost, on a new connection. */
  distrust(reason: string): void {
    this.#session?.distrust(reason);
  }

  #endSession(reason: string): void {
    const session = this.#session;
    this.#session = undefined;
    session?.end(reason);
  }
}

/** The timeouts that client and worker share, with their defaults. */
export function connectionTimes(options: {
  readonly handshakeTimeoutMs?: number;
  readonly pingIntervalMs?: number;
  readonly pongTimeoutMs?: number;
}): ConnectionTimes {
  return {
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? 5_000,
    pingIntervalMs: options.pingIntervalMs ?? 10_000,
    pongTimeoutMs: options.pongTimeoutMs ?? 5_000,
  };
}

function rejected({ unique }: SubmissionRequest, code: RejectionCode, reason: string): Submission {
  const result = Promise.resolve({ kind: "rejected", code, reason } as const);
  return { unique, result, abandon: () => {}, askHandedOut: () => {} };
}
