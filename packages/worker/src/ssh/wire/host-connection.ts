import type { Duplex } from "node:stream";
import type { Result } from "@roadrunner/core";
import type { Carrier, Channel, TransportProblem } from "../../transport/transport.ts";

/** Why no channel was had. Only after `lost` may the command have begun. */
export interface ChannelRefusal {
  readonly kind:
    /** The connection is of no use any more; nothing was asked for. */
    | "dead"
    /** The server opens no more sessions on this connection now (MaxSessions). */
    | "full"
    | "refused"
    | "lost";
  readonly problem: TransportProblem;
}

export interface OpenChannel extends Channel {
  /** Bytes that have come and that nobody has taken yet. */
  readonly unreadBytes: number;
  /** The server has closed the channel, or the connection is gone: another may be opened. */
  readonly closed: Promise<void>;
  /** Closes it and throws away what still comes. */
  discard(): void;
  /** The connection is gone. */
  lose(): void;
}

/** Why a connection is gone. */
export interface Loss {
  readonly message: string;
  readonly unruly?: true;
}

/** A connection to a host as the pool keeps it, whatever program carries it. */
export interface HostConnection {
  /** No other connection of this process has it. */
  readonly id: number;
  readonly carrier: Carrier;
  readonly server: string;
  readonly user: string;
  /** It may finish what runs on it, but nothing new should begin. */
  readonly isSpoiled: boolean;
  /** Session channels that are open or asked for. */
  readonly openSessions: number;
  spoil(): void;
  /** Calls back once, as soon as the connection is known to be dead (soon if it is). Returns how to stop. */
  onDead(listener: () => void): () => void;
  /** Ends it at once, for what the host does on it. */
  condemn(because: string): void;
  /** Says goodbye and closes; resolves when it is closed. */
  close(because?: string): Promise<void>;
  /**
   * Opens a session and asks for `command`. `openWithinMs`: how long a connection that nothing else runs on
   * is waited for.
   */
  exec(command: string, openWithinMs: number): Promise<Result<OpenChannel, ChannelRefusal>>;
  /** Opens a TCP connection from the host to another one. */
  forward(host: string, port: number, withinMs: number): Promise<Result<Duplex, ChannelRefusal>>;
}

let lastId = 0;

export function nextConnectionId(): number {
  lastId += 1;
  return lastId;
}
