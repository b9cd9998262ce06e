import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { fail, succeed, type Result } from "@roadrunner/core";
import { wrapChannel } from "./channel.ts";
import {
  nextConnectionId,
  type ChannelRefusal,
  type HostConnection,
  type Loss,
  type OpenChannel,
} from "./host-connection.ts";
import { forwardProblem } from "./forward-problem.ts";
import { callsWhenRead, isOpen, newestChannel } from "./ssh2-inside.ts";
import { messageOf, problem, seconds } from "../../transport/problem.ts";
import { oneLine } from "../../transport/said-text.ts";

export interface ConnectionInput {
  readonly client: Client;
  /** What it runs over. */
  readonly stream: Duplex;
  readonly server: string;
  readonly where: string;
  readonly user: string;
  /** After so long without an answer keep-alive calls the host silent; 0: it does not ask. */
  readonly aliveBoundMs: number;
  /** An exec request that is not answered in this time may have been carried out; default 60 s. */
  readonly execAnswerMs?: number;
  /** Bound on what is written and not yet taken; default 16 MiB. */
  readonly maxUnsentBytes?: number;
}

const EXEC_ANSWER_MS = 60_000;
const CLOSING_GRACE_MS = 500;
/** ssh2's window for each channel, twice: an honest server sends no more before it is read. */
const MAX_UNREAD_BYTES = 2 * 2 * 1024 * 1024;
/** What servers ask to be answered is answered at once; one that reads no answers does not get them all kept. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;
/** RFC 4254, section 5.1: a reason that stays, and those that pass. */
const PROHIBITED = 1;
const CONNECT_FAILED = 2;
const RESOURCE_SHORTAGE = 4;

/** A live SSH connection of ssh2, and the channels that are open on it. */
export class Connection implements HostConnection {
  readonly id = nextConnectionId();
  readonly carrier = "builtin";
  readonly server: string;
  readonly where: string;
  readonly user: string;
  readonly #client: Client;
  readonly #stream: Duplex;
  readonly #aliveBoundMs: number;
  readonly #execAnswerMs: number;
  readonly #maxUnsentBytes: number;
  #openSessions = 0;
  #loss: Loss | undefined;
  readonly #channels = new Set<OpenChannel>();
  #isSpoiled = false;
  #closed = false;
  readonly #onDead = new Set<() => void>();
  #onClosed: (() => void)[] = [];

  constructor(input: ConnectionInput) {
    this.#client = input.client;
    this.#stream = input.stream;
    this.server = input.server;
    this.where = input.where;
    this.user = input.user;
    this.#aliveBoundMs = input.aliveBoundMs;
    this.#execAnswerMs = input.execAnswerMs ?? EXEC_ANSWER_MS;
    this.#maxUnsentBytes = input.maxUnsentBytes ?? MAX_UNSENT_BYTES;
    // It flows already, into ssh2: what ssh2 lets pile up of it is watched here.
    this.#stream.on("data", () => this.#holdWithinBounds());
    this.#client.on("error", (error) => this.#kill(error.message));
    this.#client.on("end", () => this.#kill("the server closed the connection"));
    this.#client.on("close", () => {
      this.#die("the connection was closed");
      this.#closed = true;
      for (const listener of this.#onClosed.splice(0)) listener();
    });
  }

  get deadBecause(): string | undefined {
    return this.#loss?.message;
  }

  /** It may finish what runs on it, but nothing new should begin. */
  get isSpoiled(): boolean {
    return this.#isSpoiled || this.#loss !== undefined;
  }

  spoil(): void {
    this.#isSpoiled = true;
  }

  /** Session channels that are open or asked for. */
  get openSessions(): number {
    return this.#openSessions;
  }

  /** Calls back once, as soon as the connection is known to be dead (soon if it is). Returns how to stop. */
  onDead(listener: () => void): () => void {
    if (this.#loss === undefined) this.#onDead.add(listener);
    else queueMicrotask(listener);
    return () => this.#onDead.delete(listener);
  }

  /** Ends it at once, for what the host does on it. */
  condemn(because: string): void {
    this.#kill(because, { unruly: true });
  }

  /** Says goodbye and closes; resolves when the socket is closed. */
  close(because = "closed by this worker"): Promise<void> {
    // Before whoever hears of its death takes the stream away.
    this.#client.end();
    this.#die(because);
    const timer = setTimeout(() => this.#stream.destroy(), CLOSING_GRACE_MS);
    timer.unref();
    return new Promise((resolve) => {
      if (this.#closed) resolve();
      else this.#onClosed.push(resolve);
    });
  }

  /**
   * Opens a session and asks for `command`. `openWithinMs`: how long a connection that nothing else runs on
   * is waited for; one that is in use is given the time that keep-alive gives it, and not cut for a command
   * that has not begun.
   */
  exec(command: string, openWithinMs: number): Promise<Result<OpenChannel, ChannelRefusal>> {
    return new Promise((resolve) => {
      let isWritten = false;
      let settled = false;
      let id = -1;
      const alone = this.#openSessions === 0;
      this.#openSessions += 1;
      const settle = (result: Result<OpenChannel, ChannelRefusal>) => {
        settled = true;
        clearTimeout(timer);
        resolve(result);
      };
      const refuse = (refusal: ChannelRefusal) => {
        this.#openSessions -= 1;
        settle(fail(refusal));
      };
      const silent = (withinMs: number) => {
        if (isWritten) settle(fail(this.#unanswered(withinMs)));
        else this.#kill(`no answer to a new channel in ${seconds(withinMs)}`);
      };
      const limitMs = alone ? openWithinMs : Math.max(openWithinMs, this.#aliveBoundMs);
      let timer = setTimeout(silent, limitMs, limitMs);
      const onWrite = () => {
        isWritten = true;
        clearTimeout(timer);
        timer = setTimeout(silent, this.#execAnswerMs, this.#execAnswerMs);
      };
      try {
        this.#client.exec(command, callsWhenRead(onWrite), (error, channel) => {
          if (error === undefined || error === null) {
            const open = this.#take(channel);
            if (settled) open.discard();
            else settle(succeed(open));
          } else if (settled) this.#openSessions -= 1;
          else refuse(this.#refusal(isWritten, error, isOpen(this.#client, id)));
        });
        id = newestChannel(this.#client);
      } catch (error) {
        refuse(this.#refusal(false, error as Error));
      }
    });
  }

  /** Opens a TCP connection from the host to another one. */
  forward(host: string, port: number, withinMs: number): Promise<Result<Duplex, ChannelRefusal>> {
    return new Promise((resolve) => {
      let settled = false;
      const settle = (result: Result<Duplex, ChannelRefusal>) => {
        settled = true;
        clearTimeout(timer);
        resolve(result);
      };
      const timer = setTimeout(() => {
        const message = `${this.where} did not connect to ${host} port ${port} in ${seconds(withinMs)}`;
        settle(fail({ kind: "refused", problem: problem("timeout", message) }));
      }, withinMs);
      try {
        this.#client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
          if (error === undefined) {
            channel.on("error", () => {});
            if (settled) channel.close();
            else settle(succeed(channel));
          } else if (!settled) settle(fail(this.#forwardRefusal(host, port, error)));
        });
      } catch (error) {
        settle(fail(this.#refusal(false, error as Error)));
      }
    });
  }

  #take(channel: ClientChannel): OpenChannel {
    const open = wrapChannel(channel, () => this.#loss);
    this.#channels.add(open);
    const forget = this.onDead(() => open.lose());
    // A kept connection lives on: it must not hold what has run on it.
    void open.closed.then(() => {
      this.#openSessions -= 1;
      this.#channels.delete(open);
      forget();
    });
    return open;
  }

  #refusal(
    isWritten: boolean,
    error: Error & { readonly reason?: unknown },
    isStillOpen = false,
  ): ChannelRefusal {
    const { where } = this;
    const dead = this.deadBecause;
    if (dead !== undefined && isWritten) {
      const message = `the connection to ${where} was lost while a command was asked for: ${dead}`;
      return { kind: "lost", problem: problem("lost", message) };
    }
    if (dead !== undefined || error.message === "Not connected") {
      this.#kill(error.message);
      const message = `the connection to ${where} was lost: ${dead ?? error.message}`;
      return { kind: "dead", problem: problem("channel", message) };
    }
    const message = `${where} opens no session: ${messageOf(error)}`;
    if (error.reason === CONNECT_FAILED || error.reason === RESOURCE_SHORTAGE)
      return { kind: "full", problem: problem("channel", `${message} (MaxSessions?)`) };
    this.#isSpoiled = true;
    if (!isWritten) return { kind: "refused", problem: problem("channel", message) };
    // ssh2 leaves the refused channel open, so the session it counts for on the server is lost to us.
    if (isStillOpen)
      return { kind: "refused", problem: problem("channel", `${where} refuses to run commands`) };
    const closed = `${where} closed the session without saying whether it runs the command`;
    return { kind: "lost", problem: problem("lost", closed) };
  }

  #unanswered(withinMs: number): ChannelRefusal {
    this.#isSpoiled = true;
    const message = `${this.where} did not say in ${seconds(withinMs)} whether it runs the command`;
    return { kind: "lost", problem: problem("lost", message) };
  }

  #forwardRefusal(host: string, port: number, error: Error & { readonly reason?: unknown }): ChannelRefusal {
    if (this.#loss !== undefined) return this.#refusal(false, error);
    return {
      kind: "refused",
      problem: forwardProblem(
        this.where,
        `${host} port ${port}`,
        error.message.replace(/^\(SSH\) Channel open failure: /, ""),
        error.reason === PROHIBITED,
      ),
    };
  }

  /** ssh2 takes what a server sends beyond its window, and keeps answers that a server does not read. */
  #holdWithinBounds(): void {
    if (this.#loss !== undefined) return;
    if (this.#stream.writableLength > this.#maxUnsentBytes)
      return this.condemn("it asks for answers without reading them");
    for (const channel of this.#channels)
      if (channel.unreadBytes > MAX_UNREAD_BYTES) return this.condemn("it sends more than its window allows");
  }

  #kill(because: string, more: Omit<Loss, "message"> = {}): void {
    this.#die(because, more);
    this.#stream.destroy();
  }

  #die(because: string, more: Omit<Loss, "message"> = {}): void {
    if (this.#loss !== undefined) return;
    this.#loss = { message: oneLine(because), ...more };
    const listeners = [...this.#onDead];
    this.#onDead.clear();
    for (const listener of listeners) listener();
  }
}
