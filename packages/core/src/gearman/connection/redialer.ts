import { errorText, type AdapterLog } from "../adapter-log.ts";
import { backoffMs } from "./backoff.ts";
import { Connection, type ConnectionTimes } from "./connection.ts";
import type { Dial } from "./dial.ts";
import { formatServer, type ServerAddress } from "./server-address.ts";

/** What became of a link; `attempt` counts from 1 since a connection last held. */
export type LinkState =
  | { readonly type: "idle" }
  | {
      readonly type: "connecting";
      readonly server: ServerAddress;
      readonly attempt: number;
      /** Why the last attempt failed, or the last connection was lost, with its server. */
      readonly lastError?: string;
    }
  | { readonly type: "up"; readonly server: ServerAddress }
  | {
      readonly type: "down";
      readonly server: ServerAddress;
      readonly reason: string;
      /** The server cannot tell its jobs apart: another connection to it will not do better. */
      readonly mixesUp?: true;
    }
  | { readonly type: "closed" };

export interface RedialerOptions {
  /** In the order of preference; not empty. */
  readonly servers: readonly ServerAddress[];
  readonly dial: Dial;
  readonly times: ConnectionTimes;
  readonly random: () => number;
  readonly log: AdapterLog;
}

export interface RedialerEvents {
  onUp(connection: Connection): void;
  /** The connection that was up is lost; what is on it is to be settled now. */
  onDown(reason: string): void;
  /** An ERROR packet that answers no submission. */
  onServerError(connection: Connection, text: string): void;
  onState(state: LinkState): void;
}

/** A connection that was up for less is no success: its server is not asked again at once. */
const HELD_MS = 5_000;

/**
 * Keeps one connection: to the first server that answers, and when that is lost to the next, in a circle, until it
 * is closed. Backs off after each round in which no server held.
 */
export class Redialer {
  readonly #options: RedialerOptions;
  readonly #events: RedialerEvents;
  #state: LinkState = { type: "idle" };
  #connection: Connection | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Which server is next, counted on and on. */
  #next = 0;
  #attempt = 0;
  #upAtMs = 0;
  #lastError: string | undefined;

  constructor(options: RedialerOptions, events: RedialerEvents) {
    if (options.servers.length === 0) throw new Error("bug: no Gearman server was given");
    this.#options = options;
    this.#events = events;
  }

  get state(): LinkState {
    return this.#state;
  }

  start(): void {
    if (this.#state.type === "idle") this.#dial();
  }

  /** Idempotent; no event follows but the state "closed". */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#state.type !== "closed") this.#setState({ type: "closed" });
    await this.#connection?.close();
  }

  get #server(): ServerAddress {
    const { servers } = this.#options;
    const server = servers[this.#next % servers.length];
    if (server === undefined) throw new Error("bug: no Gearman server was given");
    return server;
  }

  #dial(): void {
    const server = this.#server;
    this.#attempt += 1;
    const attempt = this.#attempt;
    const lastError = this.#lastError;
    this.#setState({
      type: "connecting",
      server,
      attempt,
      ...(lastError === undefined ? {} : { lastError }),
    });
    // A listener may have closed us.
    if (this.state.type !== "connecting") return;
    try {
      this.#connection = new Connection(server, this.#options.dial, this.#options.times, {
        onUp: (connection) => this.#onUp(connection),
        onDown: (reason, mixesUp) => this.#onDown(server, reason, mixesUp),
        onServerError: (connection, text) => this.#events.onServerError(connection, text),
      });
    } catch (error) {
      this.#onDown(server, errorText(error));
    }
  }

  #onUp(connection: Connection): void {
    this.#upAtMs = performance.now();
    // Before the state is told: who hears "up" may use the connection at once.
    this.#events.onUp(connection);
    this.#setState({ type: "up", server: connection.server });
  }

  #onDown(server: ServerAddress, reason: string, mixesUp = false): void {
    this.#connection = undefined;
    this.#lastError = `${formatServer(server)}: ${reason}`;
    if (this.state.type === "up") {
      if (performance.now() - this.#upAtMs >= HELD_MS) this.#attempt = 0;
      this.#events.onDown(reason);
      // Whoever hears of it may have closed us.
      if (this.state.type === "up")
        this.#setState({ type: "down", server, reason, ...(mixesUp ? { mixesUp } : {}) });
    }
    if (this.state.type === "closed") return;
    this.#next += 1;
    const rounds = this.#attempt / this.#options.servers.length;
    const delayMs = Number.isInteger(rounds) ? backoffMs(rounds, this.#options.random()) : 0;
    this.#timer = setTimeout(() => this.#dial(), delayMs);
  }

  #setState(state: LinkState): void {
    this.#state = state;
    try {
      this.#events.onState(state);
    } catch (error) {
      this.#options.log.error(`bug: a listener of the connection's state threw: ${errorText(error)}`);
    }
  }
}
