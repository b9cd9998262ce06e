import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Duplex } from "node:stream";
import { fail, succeed, type Result } from "@roadrunner/core";
import { problem } from "../../transport/problem.ts";
import type { ChannelEnd } from "../../transport/transport.ts";
import { StreamChannel } from "../wire/channel.ts";
import {
  nextConnectionId,
  type ChannelRefusal,
  type HostConnection,
  type OpenChannel,
} from "../wire/host-connection.ts";
import { startProgram } from "../wire/start-program.ts";
import type { LocalLogin } from "./local-login.ts";

/** The worker's own box, without SSH: a channel is a process of the worker's user, in a session of its own. */
export class LocalConnection implements HostConnection {
  readonly id = nextConnectionId();
  readonly carrier = "local";
  /** What is done for OpenSSH's sessions is right here: each is the command's own. */
  readonly server = "OpenSSH_local";
  readonly user: string;
  readonly #login: LocalLogin;
  readonly #channels = new Set<OpenChannel>();
  readonly #onDead = new Set<() => void>();
  #loss: { readonly message: string; readonly unruly?: true } | undefined;
  #isSpoiled = false;

  constructor(login: LocalLogin) {
    this.#login = login;
    this.user = login.user;
  }

  get isSpoiled(): boolean {
    return this.#isSpoiled || this.#loss !== undefined;
  }

  get openSessions(): number {
    return this.#channels.size;
  }

  spoil(): void {
    this.#isSpoiled = true;
  }

  onDead(listener: () => void): () => void {
    if (this.#loss === undefined) this.#onDead.add(listener);
    else queueMicrotask(listener);
    return () => this.#onDead.delete(listener);
  }

  condemn(because: string): void {
    this.#end({ message: because, unruly: true });
  }

  close(because = "closed by this worker"): Promise<void> {
    this.#end({ message: because });
    return Promise.resolve();
  }

  async exec(command: string): Promise<Result<OpenChannel, ChannelRefusal>> {
    const { shell, home, env } = this.#login;
    // As an SSH server does: by the user's shell, at home, and with nothing of the worker's own environment.
    const started = await startProgram(`cannot start ${shell} on this worker's box`, () =>
      spawn(shell, ["-c", command], { detached: true, stdio: "pipe", cwd: home, env }),
    );
    if (!started.ok) return fail({ kind: "refused", problem: started.error });
    const child = started.value;
    const { stdin, stdout, stderr } = child;
    // A channel that is closed hangs up; what writes on learns of it, and what is to be finished is.
    const close = () => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
      channel.drop();
      channel.tellClosed();
    };
    const channel = new StreamChannel({ stdin, stdout, stderr, close }, () => this.#loss);
    this.#channels.add(channel);
    const forget = this.onDead(() => {
      channel.lose();
      close();
    });
    child.once("exit", (code, signal) => channel.tellExit(endOf(code, signal)));
    child.once("close", () => channel.tellClosed());
    void channel.closed.then(() => {
      this.#channels.delete(channel);
      forget();
    });
    return succeed(channel);
  }

  forward(host: string, port: number): Promise<Result<Duplex, ChannelRefusal>> {
    const message = `this worker's own box (transport local) is no jump host to ${host} port ${port}`;
    return Promise.resolve(fail({ kind: "refused", problem: problem("config", message) }));
  }

  #end(loss: { readonly message: string; readonly unruly?: true }): void {
    if (this.#loss !== undefined) return;
    this.#loss = loss;
    const listeners = [...this.#onDead];
    this.#onDead.clear();
    for (const listener of listeners) listener();
  }
}

function endOf(code: number | null, signal: string | null): ChannelEnd {
  if (code !== null) return { kind: "exit", code };
  return signal !== null && signal in constants.signals
    ? { kind: "signal", signal: signal.replace(/^SIG/, "") }
    : { kind: "closed" };
}
