import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Channel, ChannelEnd, Lease } from "../../packages/worker/src/transport/transport.ts";
import type { Shell } from "./local-programs.ts";

/** A lease without SSH: what is asked for is the /bin/sh under test, as a session of its own on this box. */
export class LocalLease implements Lease {
  readonly server = "OpenSSH_local";
  readonly connectMs = 0;
  readonly connectionId = 1;
  readonly user = "root";
  readonly #shell: Shell;
  readonly #open: Set<Channel>;

  constructor(shell: Shell, open = new Set<Channel>()) {
    this.#shell = shell;
    this.#open = open;
  }

  async exec(): Promise<{ ok: true; value: Channel }> {
    const [program, ...args] = this.#shell;
    const channel = new LocalChannel(spawn(program, args, { detached: true, stdio: "pipe" }));
    this.#open.add(channel);
    return { ok: true, value: channel };
  }

  distrust(): void {}

  condemn(): void {
    this.release();
  }

  release(): void {
    for (const channel of this.#open) channel.close();
    this.#open.clear();
  }

  handOver(): Lease {
    const next = new LocalLease(this.#shell, new Set(this.#open));
    this.#open.clear();
    return next;
  }

  rest(): void {}

  resume(): boolean {
    return true;
  }
}

class LocalChannel implements Channel {
  readonly exited: Promise<ChannelEnd>;
  readonly ended: Promise<ChannelEnd>;
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdin.on("error", () => {});
    const ending = (event: "exit" | "close"): Promise<ChannelEnd> =>
      once(child, event).then(([code, signal]) => endOf(code as number | null, signal as string | null));
    this.exited = ending("exit");
    this.ended = ending("close");
  }

  write(bytes: Buffer | string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#child.stdin.write(bytes, (error) => resolve(error === null || error === undefined));
    });
  }

  end(): void {
    this.#child.stdin.end();
  }

  onData(listener: Parameters<Channel["onData"]>[0]): void {
    for (const name of ["stdout", "stderr"] as const)
      this.#child[name].on("data", (chunk: Buffer) => void listener(name, chunk));
  }

  close(): void {
    for (const stream of this.#child.stdio) stream?.destroy();
  }
}

function endOf(code: number | null, signal: string | null): ChannelEnd {
  if (code !== null) return { kind: "exit", code };
  const name = signal ?? "SIGKILL";
  return name in constants.signals
    ? { kind: "signal", signal: name.replace(/^SIG/, "") }
    : { kind: "closed" };
}
