import type { Blame, Result, TransportName } from "@roadrunner/core";

/** What carries a connection. */
export type Carrier = Exclude<TransportName, "auto">;

/** Where and as whom: the names of the flow; ssh_config fills what is left out. */
export interface HostTarget {
  /** The host's name in the flow; ssh_config's Host patterns and known_hosts are matched with it. */
  readonly host: string;
  /** From the inventory; goes before ssh_config's HostName. */
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  /** Bound for name lookup, dialling, handshake and authentication together. */
  readonly connectTimeoutMs: number;
  /** A connection for this lease alone, which ends with it. */
  readonly freshLogin?: true;
  /** From the inventory; goes before the worker's option. */
  readonly transport?: TransportName;
}

/** The fixed set of reasons for which a host cannot be reached or a channel cannot be had. */
export const TRANSPORT_REASONS = [
  "config",
  "name",
  "route",
  "refused",
  "timeout",
  "hostKey",
  "authentication",
  "protocol",
  "channel",
  "lost",
  "local",
  "aborted",
] as const;
export type TransportReason = (typeof TRANSPORT_REASONS)[number];

/** What other hosts can show to be in order with this worker: a way into the network, its keys, its agent, a proxy. */
export type WorkerPart = "route" | "login" | "agent" | "proxy";

export interface TransportProblem {
  readonly reason: TransportReason;
  /** For people: what went wrong, where, and what to do next. */
  readonly message: string;
  readonly blame: Blame;
  /** It is the worker's fault, unless others are reached by this in the same time: then it is about this host. */
  readonly unless?: WorkerPart;
  /** True where another attempt would end alike: authentication, host key, name. */
  readonly noRetry: boolean;
}

/** The right to one channel on a kept connection. Release it exactly once; releasing twice is harmless. */
export interface Lease {
  /** The server's software version, such as "OpenSSH_9.2p1 Debian-2+deb12u10" or "dropbear_2022.83". */
  readonly server: string;
  /** Milliseconds from asking to the ready connection; 0 where a kept one was used. */
  readonly connectMs: number;
  /** Distinguishes connections: two leases with the same id share one. */
  readonly connectionId: number;
  /** The user that authenticated. */
  readonly user: string;
  /**
   * Opens a session channel and asks for `command`. A refusal of the channel (MaxSessions) is retried
   * inside; a problem means that no exec request was accepted, except reason "lost".
   */
  exec(command: string): Promise<Result<Channel, TransportProblem>>;
  /** Ends the connection, and whatever runs on it: the host does what no honest one does. */
  condemn(because: string): void;
  /** What runs on the connection may end there, and nothing more begins on it: it may be dead. */
  distrust(): void;
  release(): void;
  /** A lease for what outlives this one, with its right and what is open on it; this one is released by that. */
  handOver(): Lease;
  /**
   * What is open on it rests: its connection counts as unused. `end` gives it up when its channel is needed, and
   * resolves when it is closed.
   */
  rest(end: () => Promise<void>): void;
  /** Whoever has another lease on this connection uses it in place of his own; false: it has been given up. */
  resume(): boolean;
}

/** How a channel ended; `lost`: the connection went first, so the command's end is not known. */
export type ChannelEnd =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: string }
  | {
      readonly kind: "lost";
      readonly message: string;
      /** It was ended by us, for what the host did on it. */
      readonly unruly?: true;
    }
  /** The server closed the channel and told no exit status. */
  | { readonly kind: "closed" };

export interface Channel {
  /** Resolves when the bytes were taken by the connection; false if the channel is gone. */
  write(bytes: Buffer | string): Promise<boolean>;
  /** Half-closes stdin. */
  end(): void;
  /**
   * Both streams must be consumed always. The returned promise holds back reading of that stream
   * (backpressure up to the remote command).
   */
  onData(listener: (stream: "stdout" | "stderr", chunk: Buffer) => void | Promise<void>): void;
  /** The exit status came; output may still follow until `ended`. */
  readonly exited: Promise<ChannelEnd>;
  /** The channel is closed and all its output was given to the listener. */
  readonly ended: Promise<ChannelEnd>;
  /** Asks to close; never waits. */
  close(): void;
}

/** As whom `connect` would log in, and the port that it would take by itself. */
export interface HostDoor {
  readonly user: string;
  readonly port: number;
  /** It is the worker's own box, whatever the host is called. */
  readonly isLocal?: true;
  /** So, and the host is called as another box is: what this one is called. */
  readonly thisBox?: string;
}

export interface TransportStats {
  readonly connections: number;
  readonly leases: number;
  /** Of the connections, how many each carries; those that carry none are left out. */
  readonly carriers: Readonly<Partial<Record<Carrier, number>>>;
}

export interface Transport {
  connect(target: HostTarget, signal?: AbortSignal): Promise<Result<Lease, TransportProblem>>;
  /** Where ssh_config leads to, whatever port the target names; undefined where it cannot tell. */
  doorOf(target: HostTarget): HostDoor | undefined;
  /** Counts for status and metrics. */
  stats(): TransportStats;
  /** Closes every kept connection. */
  close(): Promise<void>;
}
