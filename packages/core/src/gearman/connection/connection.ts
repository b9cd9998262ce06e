import ClientConnection from "abraxas/client-connection.js";
import { types, type Packet, type PacketType } from "gearman-packet";
import type { Socket } from "node:net";
import { errorText } from "../adapter-log.ts";
import { boundPackets } from "../packets/bound-packets.ts";
import type { Dial } from "./dial.ts";
import { encodeRequest } from "../packets/encode-request.ts";
import type { ServerAddress } from "./server-address.ts";
import { readBody } from "../packets/read-body.ts";
import { watchParser } from "../packets/watch-parser.ts";
import { giveWholeBodies } from "../packets/whole-bodies.ts";

export interface ConnectionTimes {
  /** From dialling to the server's first answer in Gearman's protocol. */
  readonly handshakeTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** A connection on which nothing was read for so long after a ping is lost. */
  readonly pongTimeoutMs: number;
}

export interface ConnectionEvents {
  onUp(connection: Connection): void;
  /**
   * Once, and the last word, except after `close`.
   * @param mixesUp the server cannot tell its jobs apart
   */
  onDown(reason: string, mixesUp: boolean): void;
  /** An ERROR packet that answers no submission. */
  onServerError(connection: Connection, text: string): void;
}

const KEEPALIVE_MS = 15_000;
const NO_BODY = Buffer.alloc(0);
const ECHO_BYTES = 4;

/**
 * One TCP connection's life: dialling, handshake, up, closed. abraxas's ClientConnection speaks the protocol on it;
 * its own view of the life cycle, which misses resets and silent servers, is not used: only the net socket's
 * "close" ends a connection. Held by the event loop until then.
 */
export class Connection {
  readonly server: ServerAddress;
  readonly protocol: ClientConnection;
  #phase: "handshake" | "up" | "closed" = "handshake";
  readonly #socket: Socket;
  readonly #times: ConnectionTimes;
  readonly #events: ConnectionEvents;
  #reason: string | undefined;
  #mixesUp = false;
  #timer: NodeJS.Timeout;
  #held = false;
  #gathering = false;
  #awaitsPong = false;
  /** Sent ECHO_REQs. Each has its number in it: one whose answer is lost or comes twice is not taken for another. */
  #echoes = 0;
  readonly #waiting: { readonly echo: number; readonly done: () => void }[] = [];
  readonly #closed: Promise<void>;

  /** Throws what `dial` throws. */
  constructor(server: ServerAddress, dial: Dial, times: ConnectionTimes, events: ConnectionEvents) {
    this.server = server;
    this.#times = times;
    this.#events = events;
    this.#socket = dial(server);
    this.#socket.on("error", (error) => (this.#reason ??= errorText(error)));
    this.#socket.on("end", () => this.destroy("the server closed the connection"));
    this.#closed = new Promise((resolve) => {
      this.#socket.once("close", () => {
        this.#onClose();
        resolve();
      });
    });
    const unwatch = watchParser(
      this.#socket,
      (error) => this.destroy(protocolReason(error)),
      (parser) => {
        boundPackets(parser);
        giveWholeBodies(parser);
      },
    );
    this.protocol = new ClientConnection({ socket: this.#socket }, () => this.#onReady());
    unwatch();
    this.#watchProtocol();
    // abraxas has unreferenced the socket and left keepalive at the kernel's two hours.
    this.#socket.setKeepAlive(true, KEEPALIVE_MS);
    this.#socket.ref();
    this.#timer = setTimeout(
      () => this.destroy(`no answer in Gearman's protocol within ${times.handshakeTimeoutMs} ms`),
      times.handshakeTimeoutMs,
    );
  }

  /**
   * To be called before packets are written: those of one turn of the event loop leave in one piece. It saves the
   * job server, and us, a system call for each.
   */
  gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#gathering = false;
      this.#socket.uncork();
    });
  }

  /**
   * Writes a request past gearman-packet's emitter, which may hold its packets back for a turn: the order among those
   * that are sent here holds. `done` is told whether it was sent.
   */
  send(type: PacketType, args: readonly string[], body?: Buffer, done?: (sent: boolean) => void): void {
    this.gather();
    // Node calls back without an error for what a destroyed socket did not write.
    this.#socket.write(encodeRequest(type, args, body), (error) =>
      done?.(error == null && !this.#socket.destroyed),
    );
  }

  /** Calls back when the server has answered an ECHO_REQ, and so has dealt with all that was sent before it. */
  roundTrip(done: () => void): void {
    const body = Buffer.alloc(ECHO_BYTES);
    body.writeUInt32BE((this.#echoes += 1));
    this.#waiting.push({ echo: this.#echoes, done });
    this.send(types.ECHO_REQ, [], body);
  }

  /** Stops reading: what the server sends waits in its own buffers, and pings are not counted. */
  hold(): void {
    if (this.#held) return;
    this.#held = true;
    this.protocol.packets.cork();
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.protocol.packets.uncork();
  }

  /** For an ERROR packet that abraxas gave to a submission and that answers none. */
  tellServerError(text: string): void {
    this.#events.onServerError(this, text);
  }

  get held(): boolean {
    return this.#held;
  }

  /**
   * Ends the connection at once; `onDown` tells the reason, unless an earlier one was the cause.
   * @param mixesUp the server cannot tell its jobs apart
   */
  destroy(reason: string, mixesUp = false): void {
    if (this.#reason === undefined) this.#mixesUp = mixesUp;
    this.#reason ??= reason;
    this.#socket.destroy();
  }

  /** Ends the connection without a word to `onDown`; resolves when the socket is gone. */
  async close(): Promise<void> {
    this.#phase = "closed";
    this.#socket.destroy();
    await this.#closed;
  }

  #onReady(): void {
    if (this.#phase !== "handshake" || this.#socket.destroyed) return;
    this.#phase = "up";
    clearTimeout(this.#timer);
    this.#schedulePing();
    this.#events.onUp(this);
  }

  #onClose(): void {
    clearTimeout(this.#timer);
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#events.onDown(this.#reason ?? "the connection was closed", this.#mixesUp);
  }

  #onEcho(body: Buffer): void {
    const oldest = this.#waiting[0]?.echo ?? 0;
    const echo = body.length === ECHO_BYTES ? body.readUInt32BE() : oldest;
    while ((this.#waiting[0]?.echo ?? Infinity) <= echo) this.#waiting.shift()?.done();
  }

  #watchProtocol(): void {
    this.protocol.packets.accept("ECHO_RES", ({ body }) => {
      if (body === undefined) this.#onEcho(NO_BODY);
      else readBody(body, (bytes) => this.#onEcho(bytes));
    });
    this.protocol.on("error", (error: Error) => {
      if (error.name === "ServerError") this.#events.onServerError(this, serverErrorText(error));
      // What went wrong with the socket is told by the socket itself; a second parser error changes nothing.
      else if (error.name === "EmitterError")
        this.destroy(`bug: a packet could not be written: ${error.message}`);
    });
    this.protocol.socket.on("error", () => {});
    this.protocol.packets.on("unknown", (packet: Packet) => {
      packet.body?.resume();
      if (packet.kind === "admin")
        this.destroy(`not a Gearman server: it said ${JSON.stringify(packet.args.line ?? "").slice(0, 80)}`);
    });
  }

  #schedulePing(): void {
    this.#timer = setTimeout(() => {
      if (this.#held) {
        this.#schedulePing();
        return;
      }
      this.#awaitsPong = true;
      this.roundTrip(() => {
        this.#awaitsPong = false;
        clearTimeout(this.#timer);
        if (this.#phase === "up") this.#schedulePing();
      });
      this.#watchForPong();
    }, this.#times.pingIntervalMs);
  }

  #watchForPong(): void {
    const { pongTimeoutMs } = this.#times;
    const readBefore = this.#socket.bytesRead;
    this.#timer = setTimeout(() => {
      // After a stall of this very process its timers run before it has read: look once it has.
      setImmediate(() => {
        if (this.#phase !== "up" || !this.#awaitsPong) return;
        // A long answer in front of the pong, or our own slowness in reading, is no dead server.
        if (this.#held || this.#socket.bytesRead !== readBefore) this.#watchForPong();
        else this.destroy(`no answer to a ping within ${pongTimeoutMs} ms`);
      });
    }, pongTimeoutMs);
  }
}

function protocolReason(error: Error): string {
  return `what came from the server is not Gearman's protocol: ${error.message.slice(0, 200)}`;
}

function serverErrorText(error: Error & { readonly code?: unknown }): string {
  return `${typeof error.code === "string" ? error.code : "ERROR"}: ${error.message}`;
}
