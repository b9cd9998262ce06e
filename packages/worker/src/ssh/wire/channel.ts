import type { Readable, Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { deferred, type Deferred } from "./deferred.ts";
import type { ChannelEnd } from "../../transport/transport.ts";
import type { Loss, OpenChannel } from "./host-connection.ts";

type DataListener = (stream: "stdout" | "stderr", chunk: Buffer) => void | Promise<void>;

/** What a command's streams are to us, whatever program carries them. */
export interface ChannelSource {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Asks to close; `tellClosed` follows. */
  close(): void;
}

/** An exec channel of ssh2. `lostBecause`: why the connection is gone, if it is. */
export function wrapChannel(channel: ClientChannel, lostBecause: () => Loss | undefined): OpenChannel {
  const open = new StreamChannel(
    { stdin: channel, stdout: channel, stderr: channel.stderr, close: () => channel.close() },
    lostBecause,
  );
  channel.on("exit", (code: number | null, signal?: string) =>
    open.tellExit(code === null ? { kind: "signal", signal: signalName(signal) } : { kind: "exit", code }),
  );
  channel.on("error", () => {});
  channel.on("close", () => open.tellClosed());
  return open;
}

/** A signal's name as RFC 4254 has it, which a host could make as long as a packet. */
function signalName(signal: string | undefined): string {
  return signal !== undefined && /^[A-Z0-9]{1,20}$/.test(signal) ? signal : "a signal without a proper name";
}

/** A channel of streams; whoever makes it tells it how the command and the channel end. */
export class StreamChannel implements OpenChannel {
  readonly #source: ChannelSource;
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

  constructor(source: ChannelSource, lostBecause: () => Loss | undefined) {
    this.#source = source;
    this.#lostBecause = lostBecause;
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
    return this.#source.stdout.readableLength + this.#source.stderr.readableLength;
  }

  write(bytes: Buffer | string): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#isClosed || !this.#source.stdin.writable) return resolve(false);
      // A channel that is closed while the bytes wait for room never calls back.
      this.#unwritten.add(resolve);
      this.#source.stdin.write(bytes, (error) => {
        this.#unwritten.delete(resolve);
        resolve(error === null || error === undefined);
      });
    });
  }

  end(): void {
    if (!this.#isClosed) this.#source.stdin.end();
  }

  onData(listener: DataListener): void {
    this.#feed(this.#source.stdout, "stdout", listener, this.#stdoutTaken);
    this.#feed(this.#source.stderr, "stderr", listener, this.#stderrTaken);
  }

  close(): void {
    if (!this.#isClosed) this.#source.close();
  }

  /** Nothing more comes, or what comes is thrown away. */
  drop(): void {
    this.#isDiscarded = true;
    this.#stdoutTaken.resolve();
    this.#stderrTaken.resolve();
  }

  discard(): void {
    this.drop();
    this.close();
    // Unread output would hold back the end of the channel.
    this.#source.stdout.resume();
    this.#source.stderr.resume();
  }

  lose(): void {
    this.tellExit({ kind: "lost", ...(this.#lostBecause() ?? { message: "the connection was lost" }) });
    this.tellClosed();
  }

  /** How the command ended; the first word counts. */
  tellExit(end: ChannelEnd): void {
    this.#exit ??= end;
    this.#exited.resolve(this.#exit);
  }

  tellClosed(): void {
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
