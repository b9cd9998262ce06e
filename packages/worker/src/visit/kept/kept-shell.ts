import { setTimeout as sleep } from "node:timers/promises";
import type { Channel, Lease } from "../../transport/transport.ts";
import {
  callText,
  firstText,
  isSettled,
  keepingText,
  mayGoAtOnce,
  servedText,
} from "../../program/kept-shell.ts";
import { markPrefix, type Mark, type RemoteProcess } from "../../program/marks.ts";
import type { ProgramRuntime } from "../../program/entry.ts";
import { remoteProgram, servedProgram, type RemoteProgram } from "../../program/program.ts";
import type { RemoteTask } from "../../program/remote-task.ts";
import { MarkReader } from "../mark-reader.ts";
import { freshNonce } from "../nonce.ts";
import { LentChannel } from "./lent-channel.ts";

type StreamName = "stdout" | "stderr";

/** After a task: the removal of old records is waited for, no process that holds the shell up. */
const SETTLE_MS = 5000;
/** Shells of other users are not left lying about. */
const BECOME_IDLE_MS = 10_000;
const CLOSED_WITHIN_MS = 1000;

interface Quiet {
  readonly reader: MarkReader;
  /** The word `settled` of the last task, and nothing after it. */
  settled: Mark | undefined;
  isLoud: boolean;
}

/**
 * A shell on a host that serves one task after another, in one channel. Whatever is not as it has to be ends it:
 * nobody notices, since the next task gets a shell of its own.
 */
export class KeptShell {
  readonly name: string;
  readonly #nonce = freshNonce();
  readonly #become: RemoteTask["become"];
  readonly #since = performance.now();
  readonly #quiet: Readonly<Record<StreamName, Quiet>> = { stdout: this.#stream(), stderr: this.#stream() };
  readonly #gone: Promise<void>;
  #lease: Lease | undefined;
  #channel: Channel | undefined;
  #lent: LentChannel | undefined;
  /** How the streams have to begin again after a call, as long as they have not. */
  #expected: Record<StreamName, string | undefined> = { stdout: undefined, stderr: undefined };
  /** The task was sent with the call. */
  #isAtOnce = false;
  #heardAt = 0;
  #number = 0;
  /** The functions that it has got for the tasks that it serves; those of other tasks take their names. */
  #common = "";
  #isOver = false;
  #idle: { readonly resolve: (isIdle: boolean) => void; readonly process: RemoteProcess } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #leave: () => void = () => {};

  /** `name`: who may share it. */
  constructor(name: string, become: RemoteTask["become"]) {
    this.name = name;
    this.#become = become;
    this.#gone = new Promise((resolve) => (this.#leave = resolve));
  }

  /** Resolves when it is over. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get ageMs(): number {
    return performance.now() - this.#since;
  }

  /** The next task's program for this shell, which is being started by it or there already. */
  programFor(task: RemoteTask, runtime: ProgramRuntime, prune: boolean | undefined): RemoteProgram {
    const number = this.#number + 1;
    const here = { ...runtime, isKept: true };
    if (number === 1) {
      const program = remoteProgram(task, here, prune);
      return { ...program, body: firstText(program.body) };
    }
    const { common, task: text, ...rest } = servedProgram(task, here, prune);
    const news = common === this.#common ? "" : common;
    this.#common = common;
    this.#isAtOnce = mayGoAtOnce(task, runtime, performance.now() - this.#heardAt);
    const [hello, body] = [callText(task.nonce), news + servedText(text, number)];
    return { ...rest, exec: "", hello, body, isAtOnce: this.#isAtOnce };
  }

  /** Where that program goes: a channel of `lease`, which the shell keeps, or the one that is there. */
  lender(lease: Lease, task: RemoteTask): Pick<Lease, "exec" | "condemn"> {
    return {
      condemn: (because) => (this.#lease ?? lease).condemn(because),
      exec: async (command) => {
        if (this.#channel === undefined) {
          const channel = await lease.exec(command);
          if (!channel.ok) return channel;
          this.#open(channel.value);
          if (this.#isOver) channel.value.close();
        } else {
          const prefix = markPrefix(task.nonce);
          this.#expected = { stderr: `${prefix}hello\n`, stdout: this.#isAtOnce ? prefix : undefined };
          for (const quiet of Object.values(this.#quiet)) quiet.settled = undefined;
        }
        this.#number += 1;
        this.#lent = new LentChannel(this.#channel as Channel);
        return { ok: true, value: this.#lent };
      },
    };
  }

  /**
   * Its task is over, and was `process`: true once the shell is proved to be as it was before the task. It keeps
   * `lease` from then on, and rests.
   */
  async settle(process: RemoteProcess, lease: Lease): Promise<boolean> {
    this.#lent = undefined;
    if (this.#isOver) return false;
    this.#lease ??= lease.handOver();
    this.#timer = setTimeout(() => this.end(), SETTLE_MS);
    this.#timer.unref();
    this.#lease.rest(() => this.#giveUp());
    if (this.#number === 1) void this.#channel?.write(keepingText(this.#become, this.#nonce));
    return new Promise((resolve) => {
      this.#idle = { resolve, process };
      this.#look();
    });
  }

  /** Takes it for another task; false: it is of no use any more. */
  resume(): boolean {
    clearTimeout(this.#timer);
    if (!this.#isOver && this.#lease?.resume() === true) return true;
    this.end();
    return false;
  }

  /** Closes its channel; what still runs there loses nothing by that but its streams. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#channel?.close();
    this.#lease?.release();
    this.#idle?.resolve(false);
    this.#leave();
  }

  #stream(): Quiet {
    return { reader: new MarkReader(this.#nonce), settled: undefined, isLoud: false };
  }

  #open(channel: Channel): void {
    this.#channel = channel;
    channel.onData((stream, chunk) => this.#hear(stream, chunk));
    void channel.ended.then(() => this.end());
  }

  #hear(stream: StreamName, chunk: Buffer): void | Promise<void> {
    this.#heardAt = performance.now();
    if (!this.#isExpected(stream, chunk)) return this.end();
    const quiet = this.#quiet[stream];
    for (const piece of quiet.reader.read(chunk)) {
      if (quiet.settled !== undefined) quiet.isLoud = true;
      else if (piece.kind === "mark" && piece.mark.word === "settled") quiet.settled = piece.mark;
    }
    if (this.#lent !== undefined) return this.#lent.hear(stream, chunk);
    this.#look();
  }

  /** Before the shell's answer nobody has anything to say here. */
  #isExpected(stream: StreamName, chunk: Buffer): boolean {
    const expected = this.#expected[stream];
    if (expected === undefined)
      return stream === "stderr" || this.#isAtOnce || this.#expected.stderr === undefined;
    const text = chunk.toString("latin1", 0, expected.length);
    this.#expected[stream] = text.length === expected.length ? undefined : expected.slice(text.length);
    return expected.startsWith(text);
  }

  /** Between tasks: whether the shell has settled, and is still. */
  #look(): void {
    const { stdout, stderr } = this.#quiet;
    if (stdout.isLoud || stderr.isLoud || this.#idle === undefined) return this.end();
    if (stdout.settled === undefined || stderr.settled === undefined) return;
    const { resolve, process } = this.#idle;
    const ours = stdout.settled.args.join(" ") === String(this.#number);
    if (!ours || stdout.reader.isHolding || stderr.reader.isHolding) return this.end();
    if (!isSettled(stderr.settled, this.#number, process)) return this.end();
    clearTimeout(this.#timer);
    if (this.#become !== undefined) {
      this.#timer = setTimeout(() => this.end(), BECOME_IDLE_MS);
      this.#timer.unref();
    }
    resolve(true);
  }

  /** Its channel is needed. A server that is slow to close it may say that it takes no more. */
  async #giveUp(): Promise<void> {
    const closed = this.#channel?.ended;
    this.end();
    await Promise.race([closed, sleep(CLOSED_WITHIN_MS, undefined, { ref: false })]);
  }
}
