import type { ClientChannel } from "ssh2";
import { fail, succeed, type Result } from "@roadrunner/core";
import { wrapChannel } from "./channel.ts";
import type { Handshaken } from "./handshake.ts";
import type { SshChannel, SshProblem } from "./lease.ts";
import { problem } from "./problem.ts";

/** Why no channel was had. Only after `lost` may the command have begun. */
export type ExecRefusal =
  /** The connection was dead before an exec request was written. */
  | { readonly kind: "dead"; readonly problem: SshProblem }
  /** The server opens no more sessions on this connection now (MaxSessions). */
  | { readonly kind: "full"; readonly problem: SshProblem }
  | { readonly kind: "refused"; readonly problem: SshProblem }
  | { readonly kind: "lost"; readonly problem: SshProblem };

let lastId = 0;

/** A live SSH connection, and the channels that are open on it. */
export class Connection {
  readonly id = (lastId += 1);
  readonly server: string;
  readonly where: string;
  readonly user: string;
  readonly #client: Handshaken["client"];
  readonly #open = new Set<SshChannel>();
  #deadBecause: string | undefined;
  #onDead: (() => void)[] = [];

  constructor(handshaken: Handshaken, where: string, user: string) {
    this.#client = handshaken.client;
    this.server = handshaken.server;
    this.where = where;
    this.user = user;
    this.#client.on("error", (error) => {
      this.#deadBecause ??= error.message;
    });
    this.#client.on("close", () => this.#die("the server closed the connection"));
    this.#client.on("end", () => this.#die("the server closed the connection"));
  }

  get deadBecause(): string | undefined {
    return this.#deadBecause;
  }

  get openChannels(): number {
    return this.#open.size;
  }

  onDead(listener: () => void): void {
    this.#onDead.push(listener);
  }

  close(): void {
    this.#deadBecause ??= "closed by this worker";
    this.#client.end();
    this.#client.destroy();
  }

  exec(command: string, withinMs: number): Promise<Result<SshChannel, ExecRefusal>> {
    return new Promise((resolve) => {
      let written = false;
      const settle = (result: Result<SshChannel, ExecRefusal>) => {
        clearTimeout(timer);
        resolve(result);
      };
      const timer = setTimeout(() => {
        settle(fail(this.#silent(written, withinMs)));
        if (!written) this.close();
      }, withinMs);
      const options = {
        // ssh2 reads this when the channel is open, right before it writes the exec request: what fails
        // earlier has started nothing.
        get pty(): undefined {
          written = true;
          return undefined;
        },
      };
      try {
        this.#client.exec(command, options as object, (error, channel) => {
          if (error) settle(fail(this.#refusal(written, error)));
          else settle(succeed(this.#take(channel)));
        });
      } catch (error) {
        settle(fail(this.#refusal(false, error as Error)));
      }
    });
  }

  #take(channel: ClientChannel): SshChannel {
    const wrapped = wrapChannel(channel, () => this.#deadBecause);
    this.#open.add(wrapped);
    channel.once("close", () => this.#open.delete(wrapped));
    return wrapped;
  }

  #refusal(written: boolean, error: Error & { reason?: unknown }): ExecRefusal {
    const dead = this.#deadBecause;
    if (dead !== undefined && written)
      return {
        kind: "lost",
        problem: problem(
          "lost",
          `the connection to ${this.where} was lost while the command was asked for: ${dead}`,
        ),
      };
    if (dead !== undefined || error.message === "Not connected")
      return {
        kind: "dead",
        problem: problem("channel", `the connection to ${this.where} was lost: ${dead ?? error.message}`),
      };
    if (typeof error.reason === "number")
      return {
        kind: "full",
        problem: problem(
          "channel",
          `${this.where} opens no further session on this connection: ${error.message}`,
        ),
      };
    return {
      kind: "refused",
      problem: problem("channel", `${this.where} refused to run a command: ${error.message}`),
    };
  }

  #silent(written: boolean, withinMs: number): ExecRefusal {
    return written
      ? {
          kind: "lost",
          problem: problem(
            "lost",
            `${this.where} did not say within ${withinMs} ms whether it runs the command`,
          ),
        }
      : {
          kind: "dead",
          problem: problem("channel", `${this.where} did not open a channel within ${withinMs} ms`),
        };
  }

  #die(because: string): void {
    this.#deadBecause ??= because;
    const listeners = this.#onDead;
    this.#onDead = [];
    for (const listener of listeners) listener();
  }
}
