import { fail, succeed, type Result } from "@roadrunner/core";
import type { ChannelRefusal, HostConnection, OpenChannel } from "../wire/host-connection.ts";
import { startDeadline, type Deadline } from "../wire/deadline.ts";
import type { Channel, Lease, TransportProblem } from "../../transport/transport.ts";
import type { Permit } from "./pool-host.ts";

export interface HostLeaseInput {
  readonly permit: Permit;
  readonly connectMs: number;
  /** For what has to be made anew inside: at most this long before a command is asked for. */
  readonly connectTimeoutMs: number;
  /** A permit on another connection to the same host. */
  readonly acquire: (deadline: Deadline) => Promise<Result<Permit, TransportProblem>>;
  /** It is not in use any more, or rests. */
  readonly onEnd: () => void;
}

/** How long a connection that was idle is trusted to answer. */
const KEPT_ANSWER_MS = 5000;
/** sshd counts a session for a moment after it has closed it. */
const QUICK_TRIES = 5;
const QUICK_PAUSE_MS = 10;
const QUICK_JITTER_MS = 30;
/** Other connections that are tried for one command. */
const MAX_MOVES = 3;

/**
 * The right to one channel. Where its connection turns out dead or full before a command was asked for, it
 * moves to another one by itself; `connectionId`, `server` and `connectMs` then tell of that.
 */
export class HostLease implements Lease {
  readonly #input: HostLeaseInput;
  readonly #channels = new Set<OpenChannel>();
  #permit: Permit;
  #connectMs: number;
  #released = false;
  #mustMove = false;
  #isCounted = true;

  constructor(input: HostLeaseInput) {
    this.#input = input;
    this.#permit = input.permit;
    this.#connectMs = input.connectMs;
  }

  get server(): string {
    return this.#permit.connection.server;
  }
  get connectMs(): number {
    return this.#connectMs;
  }
  get connectionId(): number {
    return this.#permit.connection.id;
  }
  get user(): string {
    return this.#permit.connection.user;
  }

  async exec(command: string): Promise<Result<Channel, TransportProblem>> {
    const deadline = startDeadline(this.#input.connectTimeoutMs);
    let quickTries = 0;
    let moves = 0;
    for (;;) {
      const { connection, wasKept } = this.#permit;
      if (this.#mustMove) {
        this.#mustMove = false;
        const moved = await this.#move(deadline);
        if (!moved.ok) return moved;
        continue;
      }
      await this.#permit.freeSession(false);
      const openWithinMs = wasKept ? Math.min(KEPT_ANSWER_MS, deadline.leftMs()) : deadline.leftMs();
      const channel = await connection.exec(command, openWithinMs);
      if (channel.ok) return succeed(this.#hold(channel.value));
      const { kind } = channel.error;
      if (kind === "full" && quickTries < QUICK_TRIES) {
        quickTries += 1;
        await this.#permit.freeSession(true);
        await deadline.pause(QUICK_PAUSE_MS + Math.random() * QUICK_JITTER_MS);
        continue;
      }
      const isOver = moves === MAX_MOVES || deadline.isOver() || this.#released;
      if (isOver || !mayMove(channel.error, connection)) return fail(channel.error.problem);
      moves += 1;
      quickTries = 0;
      if (kind === "full") this.#permit.noteFull();
      const moved = await this.#move(deadline);
      if (!moved.ok) return moved;
    }
  }

  distrust(): void {
    this.#permit.connection.spoil();
    this.#mustMove = true;
  }

  condemn(because: string): void {
    this.#permit.connection.condemn(because);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#uncount();
    const permit = this.#permit;
    const open = Array.from(this.#channels);
    for (const channel of open) channel.discard();
    // The server counts a session until it is closed.
    if (open.length === 0) permit.release();
    else void Promise.all(open.map(({ closed }) => closed)).then(() => permit.release());
  }

  handOver(): Lease {
    const next = new HostLease({ ...this.#input, permit: this.#permit, connectMs: 0 });
    for (const channel of this.#channels) next.#hold(channel);
    this.#channels.clear();
    this.#released = true;
    return next;
  }

  rest(end: () => Promise<void>): void {
    if (this.#released) return;
    this.#uncount();
    this.#permit.rest(end);
  }

  resume(): boolean {
    return !this.#released && this.#permit.resume();
  }

  #uncount(): void {
    if (this.#isCounted) this.#input.onEnd();
    this.#isCounted = false;
  }

  #hold(channel: OpenChannel): Channel {
    this.#channels.add(channel);
    void channel.closed.then(() => this.#channels.delete(channel));
    if (this.#released) channel.discard();
    return channel;
  }

  async #move(deadline: Deadline): Promise<Result<void, TransportProblem>> {
    const startedAt = performance.now();
    const next = await this.#input.acquire(deadline);
    if (!next.ok) return next;
    this.#permit.release();
    this.#permit = next.value;
    this.#connectMs += Math.round(performance.now() - startedAt);
    if (this.#released) this.#permit.release();
    return succeed(undefined);
  }
}

/** Nothing has begun, and another connection may take it. */
function mayMove({ kind }: ChannelRefusal, connection: HostConnection): boolean {
  if (kind === "dead") return true;
  return kind === "full" && connection.openSessions > 0;
}
