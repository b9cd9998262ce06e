import { fail, type Result } from "@roadrunner/core";
import type { HostConnection } from "../wire/host-connection.ts";
import type { Deadline } from "../wire/deadline.ts";
import type { HostRoute } from "../wire/jump-route.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import type { Occupied, Use } from "./pool-choice.ts";
import { problem } from "../../transport/problem.ts";

/** The right to one session on a kept connection, or to one way through it. */
export interface Permit {
  readonly connection: HostConnection;
  /** The connection was there already. */
  readonly wasKept: boolean;
  /** Gives it back; once. */
  readonly release: () => void;
  /** The server opens no more sessions than are open on it now. */
  readonly noteFull: () => void;
  /** It is not in use, though a session of it is open; `end` gives that up, and resolves when it is closed. */
  readonly rest: (end: EndResting) => void;
  /** It is used again, by who has another permit on this connection, and not counted; false: it has been given up. */
  readonly resume: () => boolean;
  /** Has a session given up that rests, if there is one; `forced`: also where a session more could be had. */
  readonly freeSession: (forced: boolean) => Promise<void>;
}

type EndResting = () => Promise<void>;

/** Too short for another try. */
export const SHORT_MS = 100;

/** The connections of one host (as one user, on one way), and who waits for one. */
export interface HostEntry {
  readonly key: string;
  readonly route: HostRoute;
  readonly kept: Set<Kept>;
  readonly waiters: Set<Waiter>;
  readonly openings: Set<AbortController>;
  sessionLimit: number;
  starvedTimer?: NodeJS.Timeout;
}

export interface Waiter {
  readonly use: Use;
  readonly deadline: Deadline;
  readonly since: number;
  readonly settle: (result: Result<Permit, TransportProblem>) => void;
}

/** A connection, and what it is in use for. */
export class Kept implements Occupied {
  readonly host: HostEntry;
  readonly connection: HostConnection;
  sessions = 0;
  forwards = 0;
  /** In the order in which they began to rest: the first goes first. */
  readonly resting = new Set<EndResting>();
  idleTimer?: NodeJS.Timeout;

  constructor(host: HostEntry, connection: HostConnection) {
    this.host = host;
    this.connection = connection;
  }

  get isSpoiled(): boolean {
    return this.connection.isSpoiled;
  }

  get isIdle(): boolean {
    return this.sessions === 0 && this.forwards === 0;
  }
}

export function newHost(key: string, route: HostRoute, sessionLimit: number): HostEntry {
  return { key, route, kept: new Set(), waiters: new Set(), openings: new Set(), sessionLimit };
}

/** Routes are resolved once, and asked for with every command. */
const keys = new WeakMap<HostRoute, string>();

let ownWays = 0;

/** The same for routes that are alike, but for one that is its user's own. */
export function keyOf(route: HostRoute): string {
  const known = keys.get(route);
  if (known !== undefined) return known;
  const key = route.isOwn === true ? `own ${(ownWays += 1)}` : JSON.stringify(route, withoutAsked);
  keys.set(route, key);
  return key;
}

/** Whatever it was asked by, the same settings lead to the same connection. */
function withoutAsked(name: string, value: unknown): unknown {
  return name === "asked" ? undefined : value;
}

export function isInUse({ kept, waiters, openings }: HostEntry): boolean {
  return kept.size > 0 || waiters.size > 0 || openings.size > 0;
}

/** The time that is left to whoever has least; infinite where nobody waits. */
export function leastLeftMs({ waiters }: HostEntry): number {
  let leftMs = Number.POSITIVE_INFINITY;
  for (const { deadline } of waiters) leftMs = Math.min(leftMs, deadline.leftMs());
  return leftMs;
}

/**
 * Tells those who waited for a try to connect that it failed. Who came after it began, or has time left where
 * it ran out of time, gets another one.
 */
export function failWaiters(
  host: HostEntry,
  error: TransportProblem,
  startedAt: number,
  ranOut: boolean,
): void {
  for (const waiter of host.waiters) {
    const hasTime = ranOut && waiter.deadline.leftMs() > SHORT_MS;
    if (waiter.since <= startedAt && !hasTime) waiter.settle(fail(error));
  }
}

export function noneFree({ route }: HostEntry, maxConnections: number): TransportProblem {
  return problem(
    "local",
    `no connection to ${route.settings.host} was free in time: all ${maxConnections} of this worker are ` +
      `in use; raise --max-connections or lower --concurrency`,
  );
}
