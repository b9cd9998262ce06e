import type { Socket } from "node:net";
import { addressKey } from "./address-key.ts";
import { Connections, type ConnectionBounds } from "./connections.ts";
import { Rates } from "./rates.ts";

const BOUNDS: ConnectionBounds = {
  strangersOfAddress: 128,
  strangers: 512,
  ofPrincipal: 500,
  known: 1000,
  strangerMs: 30_000,
};

/** Of each address; each new connection costs a handshake. */
const NEW_CONNECTIONS = { burst: 400, perSecond: 100 };
/** Whatever is asked without a login, and the login itself, which may cost the check of a signature. */
const FREE = { burst: 100, perSecond: 20 };
/** Tokens that are none: each is looked for in the store. */
const WRONG_TOKENS = { burst: 20, perSecond: 2 };

const SWEEP_EVERY_MS = 2000;

/** How many strangers are borne at the network's door, and how often they may ask. */
export class Doors {
  readonly connections = new Connections(BOUNDS);
  readonly #new = new Rates(NEW_CONNECTIONS);
  readonly #free = new Rates(FREE);
  readonly #wrong = new Rates(WRONG_TOKENS);
  readonly #sweeping = setInterval(() => this.connections.sweep(performance.now()), SWEEP_EVERY_MS).unref();
  #turnedAway = 0;

  /** Connections that were ended at once, as their address made too many. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  /** Takes a connection that has just come; false: it is ended. */
  enter(socket: Socket): boolean {
    const nowMs = performance.now();
    const address = addressKey(socket.remoteAddress);
    if (address === "" || this.#new.take(address, nowMs) > 0) {
      this.#turnedAway += 1;
      socket.on("error", () => undefined);
      socket.resetAndDestroy();
      return false;
    }
    const id = idOf(socket);
    this.connections.enter(id, address, socket, nowMs);
    socket.once("close", () => this.connections.leave(id));
    return true;
  }

  /** Somebody is logged in on this connection; false: there are too many of his, or of all. */
  recognise(socket: Socket, principal: string): boolean {
    return this.connections.recognise(idOf(socket), principal);
  }

  /** Milliseconds until this address may ask without a login; 0: it does. */
  waitToAsk(socket: Socket): number {
    return this.#free.take(addressKey(socket.remoteAddress), performance.now());
  }

  /** Milliseconds until a token of this address is looked at; 0: now. */
  waitForToken(socket: Socket): number {
    return this.#wrong.wait(addressKey(socket.remoteAddress), performance.now());
  }

  /** It sent a token that is none. */
  sentWrongToken(socket: Socket): void {
    this.#wrong.take(addressKey(socket.remoteAddress), performance.now());
  }

  close(): void {
    clearInterval(this.#sweeping);
  }
}

/** One port of a client may have a connection to each address here. */
function idOf({ remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
