import { fail, succeed, type Result } from "@roadrunner/core";
import type { HostConnection } from "../wire/host-connection.ts";
import { aborted, startDeadline, type Deadline } from "../wire/deadline.ts";
import type { HostRoute } from "../wire/jump-route.ts";
import type { Carrier, TransportProblem } from "../../transport/transport.ts";
import { chooseConnection, connectionsToOpen, sessionsAtOnce, type Use } from "./pool-choice.ts";
import {
  failWaiters,
  isInUse,
  keyOf,
  Kept,
  leastLeftMs,
  newHost,
  noneFree,
  SHORT_MS,
  type HostEntry,
  type Permit,
  type Waiter,
} from "./pool-host.ts";

export interface PoolInput {
  readonly keepAliveMs: number;
  readonly maxConnections: number;
  /** Most sessions on one connection. */
  readonly connectionChannels: number;
  readonly open: (route: HostRoute, deadline: Deadline) => Promise<Result<HostConnection, TransportProblem>>;
}

/** Connections that are made for one more host. */
const MAX_OPENING = 5;
/** What one jump host's connection carries. */
const MAX_FORWARDS = 100;

/** Keeps connections, shares them, and closes those that nobody has used for a while. */
export class Pool {
  readonly #input: PoolInput;
  readonly #hosts = new Map<string, HostEntry>();
  /** In the order in which they fell idle: the first goes first. */
  readonly #idle = new Set<Kept>();
  /** Hosts that wait for another's connection to close. */
  readonly #starved = new Set<HostEntry>();
  #total = 0;
  #sequence = 0;
  #isClosed = false;

  constructor(input: PoolInput) {
    this.#input = input;
  }

  get connections(): number {
    let count = 0;
    for (const host of this.#hosts.values()) count += host.kept.size;
    return count;
  }

  /** How many connections each carries. */
  get carriers(): Partial<Record<Carrier, number>> {
    const carriers: Partial<Record<Carrier, number>> = {};
    for (const { kept } of this.#hosts.values())
      for (const { connection } of kept)
        carriers[connection.carrier] = (carriers[connection.carrier] ?? 0) + 1;
    return carriers;
  }

  /** A permit on a kept connection, or on a new one. */
  acquire(route: HostRoute, use: Use, deadline: Deadline): Promise<Result<Permit, TransportProblem>> {
    if (this.#isClosed || deadline.isAborted()) return Promise.resolve(fail(aborted()));
    const host = this.#host(route);
    const kept = this.#choose(host, use);
    if (kept !== undefined) return Promise.resolve(succeed(this.#take(kept, use, true)));
    return new Promise((resolve) => {
      this.#sequence += 1;
      const stopListening = deadline.onAbort(() => waiter.settle(fail(aborted())));
      const waiter: Waiter = {
        use,
        deadline,
        since: this.#sequence,
        settle: (result) => {
          stopListening();
          host.waiters.delete(waiter);
          if (host.waiters.size === 0) for (const opening of host.openings) opening.abort();
          resolve(result);
        },
      };
      host.waiters.add(waiter);
      this.#demand(host);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closing: Promise<void>[] = [];
    for (const host of this.#hosts.values()) {
      for (const waiter of host.waiters) waiter.settle(fail(aborted()));
      for (const { connection } of host.kept) closing.push(connection.close());
    }
    await Promise.all(closing);
  }

  #host(route: HostRoute): HostEntry {
    const key = keyOf(route);
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const host = newHost(key, route, this.#input.connectionChannels);
    this.#hosts.set(key, host);
    return host;
  }

  #choose(host: HostEntry, use: Use): Kept | undefined {
    return chooseConnection(host.kept, use, { sessions: host.sessionLimit, forwards: MAX_FORWARDS });
  }

  #take(kept: Kept, use: Use, wasKept: boolean): Permit {
    this.#use(kept, use);
    let released = false;
    let isCounted = true;
    let resting: (() => Promise<void>) | undefined;
    const uncount = (): void => {
      if (isCounted) this.#unuse(kept, use);
      isCounted = false;
    };
    return {
      connection: kept.connection,
      wasKept,
      release: () => {
        if (released) return;
        released = true;
        if (resting !== undefined) kept.resting.delete(resting);
        uncount();
      },
      noteFull: () => {
        kept.host.sessionLimit = Math.max(1, Math.min(kept.host.sessionLimit, kept.connection.openSessions));
      },
      rest: (end) => {
        resting = end;
        kept.resting.add(end);
        uncount();
      },
      resume: () => {
        const isThere = resting !== undefined && kept.resting.delete(resting);
        resting = undefined;
        return isThere && !kept.isSpoiled;
      },
      freeSession: (forced) => this.#freeSession(kept, forced),
    };
  }

  #use(kept: Kept, use: Use): void {
    clearTimeout(kept.idleTimer);
    this.#idle.delete(kept);
    kept[`${use}s`] += 1;
  }

  #unuse(kept: Kept, use: Use): void {
    kept[`${use}s`] -= 1;
    this.#serve(kept.host, true);
    if (kept.isIdle) this.#fallIdle(kept);
  }

  async #freeSession(kept: Kept, forced: boolean): Promise<void> {
    const isFull = kept.connection.openSessions >= kept.host.sessionLimit;
    const [end] = kept.resting;
    if (end === undefined || !(forced || isFull)) return;
    kept.resting.delete(end);
    await end();
  }

  #serve(host: HostEntry, wasKept: boolean): void {
    for (const waiter of host.waiters) {
      const kept = this.#choose(host, waiter.use);
      if (kept === undefined) continue;
      waiter.settle(succeed(this.#take(kept, waiter.use, wasKept)));
    }
  }

  #demand(host: HostEntry): void {
    if (host.waiters.size === 0 || this.#isClosed) return;
    const [first] = host.waiters;
    const count = connectionsToOpen({
      waiting: host.waiters.size,
      opening: host.openings.size,
      each: first?.use === "forward" ? MAX_FORWARDS : host.sessionLimit,
      maxOpening: MAX_OPENING,
    });
    for (let opened = 0; opened < count; opened += 1) {
      while (this.#total >= this.#input.maxConnections) if (!this.#evict()) return this.#starve(host);
      void this.#open(host);
    }
  }

  async #open(host: HostEntry): Promise<void> {
    const opening = new AbortController();
    host.openings.add(opening);
    this.#total += 1;
    const startedAt = this.#sequence;
    const deadline = startDeadline(leastLeftMs(host), opening.signal);
    const result = await this.#input.open(host.route, deadline);
    host.openings.delete(opening);
    if (result.ok) this.#keep(host, result.value);
    else {
      this.#total -= 1;
      failWaiters(host, result.error, startedAt, deadline.leftMs() < SHORT_MS);
      this.#feedStarved();
    }
    this.#demand(host);
    this.#forget(host);
  }

  #keep(host: HostEntry, connection: HostConnection): void {
    const kept = new Kept(host, connection);
    host.kept.add(kept);
    host.sessionLimit = sessionsAtOnce(connection.server, host.sessionLimit);
    connection.onDead(() => this.#remove(kept));
    if (this.#isClosed) return void connection.close();
    this.#serve(host, false);
    if (kept.isIdle) this.#fallIdle(kept);
  }

  #fallIdle(kept: Kept): void {
    if (!kept.host.kept.has(kept)) return;
    if (kept.isSpoiled || kept.host.route.isOwn === true) return void kept.connection.close();
    this.#idle.add(kept);
    kept.idleTimer = setTimeout(() => void kept.connection.close(), this.#input.keepAliveMs);
    kept.idleTimer.unref();
    this.#feedStarved();
  }

  /** Closes the connection that has been idle for longest; false if none is. */
  #evict(): boolean {
    const [oldest] = this.#idle;
    if (oldest === undefined) return false;
    void oldest.connection.close("closed by this worker to make room for another host");
    return true;
  }

  #remove(kept: Kept): void {
    if (!kept.host.kept.delete(kept)) return;
    clearTimeout(kept.idleTimer);
    this.#idle.delete(kept);
    this.#total -= 1;
    this.#demand(kept.host);
    this.#feedStarved();
    this.#forget(kept.host);
  }

  #starve(host: HostEntry): void {
    this.#starved.add(host);
    if (host.starvedTimer !== undefined) return;
    host.starvedTimer = setTimeout(
      () => {
        delete host.starvedTimer;
        for (const waiter of host.waiters)
          if (waiter.deadline.isOver() && host.openings.size === 0)
            waiter.settle(fail(noneFree(host, this.#input.maxConnections)));
        this.#demand(host);
        this.#forget(host);
      },
      Math.max(leastLeftMs(host), SHORT_MS),
    );
  }

  #feedStarved(): void {
    if (this.#total >= this.#input.maxConnections && this.#idle.size === 0) return;
    const [host] = this.#starved;
    if (host === undefined) return;
    this.#starved.delete(host);
    this.#demand(host);
  }

  #forget(host: HostEntry): void {
    if (isInUse(host)) return;
    clearTimeout(host.starvedTimer);
    this.#starved.delete(host);
    if (this.#hosts.get(host.key) === host) this.#hosts.delete(host.key);
  }
}
