import type { Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { deferred, type Deferred } from "./deferred.ts";
import type { ChannelEnd, Channel } from "../../transport/transport.ts";

type DataListener = (stream: "stdout" | "stderr", chunk: Buffer) => void | Promise<void>;

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

/** An exec channel of ssh2 as an `Channel`. `lostBecause`: why the connection is gone, if it is. */
export function wrapChannel(channel: ClientChannel, lostBecause: () => Loss | undefined): OpenChannel {
  return new ExecChannel(channel, lostBecause);
}

/** A signal's name as RFC 4254 has it, which a host could make as long as a packet. */
function signalName(signal: string | undefined): string {
  return signal !== undefined && /^[A-Z0-9]{1,20}$/.test(signal) ? signal : "a signal without a proper name";
}

class ExecChannel implements OpenChannel {
  readonly #channel: ClientChannel;
  readonly #lostBecause: () => Loss | undefined;
  readonly #exited = deferred<ChannelEnd>();
  readonly #ended = deferred<ChannelEnd>();
  readonly #closed = deferred<void>();
  readonly #stdoutTaken = deferred<void>();
  readonly #stderrTaken = deferred<void>();
  readonly #unwritten = new Set<(taken: boolean) => void>();
  #exit: ChannelEnd | undefined;
  #isClosed = false;
  #isDiscarded = false;

  constructor(channel: ClientChannel, lostBecause: () => Loss | undefined) {
    this.#channel = channel;
    this.#lostBecause = lostBecause;
    channel.on("exit", (code: number | null, signal?: string) => {
      this.#exit = code === null ? { kind: "signal", signal: signalName(signal) } : { kind: "exit", code };
      this.#exited.resolve(this.#exit);
    });
    channel.on("error", () => {});
    channel.on("close", () => this.#close());
  }

  get exited(): Promise<ChannelEnd> {
    return this.#exited.promise;
  }

  get ended(): Promise<ChannelEnd> {
    return this.#ended.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get unreadBytes(): number {
    return this.#channel.readableLength + this.#channel.stderr.readableLength;
  }

  write(bytes: Buffer | string): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#isClosed || !this.#channel.writable) return resolve(false);
      // A channel that is closed while the bytes wait for room never calls back.
      this.#unwritten.add(resolve);
      this.#channel.write(bytes, (error) => {
        this.#unwritten.delete(resolve);
        resolve(error === null || error === undefined);
      });
    });
  }

  end(): void {
    if (!this.#isClosed) this.#channel.end();
  }

  onData(listener: DataListener): void {
    this.#feed(this.#channel, "stdout", listener, this.#stdoutTaken);
    this.#feed(this.#channel.stderr, "stderr", listener, this.#stderrTaken);
  }

  close(): void {
    if (!this.#isClosed) this.#channel.close();
  }

  discard(): void {
    this.#isDiscarded = true;
    this.#stdoutTaken.resolve();
    this.#stderrTaken.resolve();
    this.close();
    // Unread output would hold back the end of the channel.
    this.#channel.resume();
    this.#channel.stderr.resume();
  }

  lose(): void {
    this.#exit ??= { kind: "lost", ...(this.#lostBecause() ?? { message: "the connection was lost" }) };
    this.#exited.resolve(this.#exit);
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const settle of this.#unwritten) settle(false);
    this.#unwritten.clear();
    const loss = this.#lostBecause();
    this.#exit ??= loss === undefined ? { kind: "closed" } : { kind: "lost", ...loss };
    const end = this.#exit;
    this.#exited.resolve(end);
    this.#closed.resolve();
    void Promise.all([this.#stdoutTaken.promise, this.#stderrTaken.promise]).then(() =>
      this.#ended.resolve(end),
    );
  }

  #feed(
    readable: Readable,
    name: "stdout" | "stderr",
    listener: DataListener,
    allTaken: Deferred<void>,
  ): void {
    let taken = Promise.resolve();
    readable.on("data", (chunk: Buffer) => {
      if (this.#isDiscarded) return;
      const result = listener(name, chunk);
      if (!(result instanceof Promise)) return;
      readable.pause();
      taken = result.catch(() => {}).then(() => void readable.resume());
    });
    // The stream may say that it ended while the listener is still busy with its last piece.
    readable.once("end", () => void taken.then(allTaken.resolve));
  }
}
