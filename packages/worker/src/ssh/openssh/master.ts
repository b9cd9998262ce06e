import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { Duplex } from "node:stream";
import { fail, succeed, type Result } from "@roadrunner/core";
import {
  nextConnectionId,
  type ChannelRefusal,
  type HostConnection,
  type Loss,
  type OpenChannel,
} from "../wire/host-connection.ts";
import { forwardProblem } from "../wire/forward-problem.ts";
import { startProgram } from "../wire/start-program.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import { boxFault } from "../../transport/box-fault.ts";
import { problem, seconds } from "../../transport/problem.ts";
import { oneLine } from "../../transport/said-text.ts";
import type { ControlFiles } from "./control-folder.ts";
import { whyUnwritten, wordsIn } from "./channel-log.ts";
import { endGuarded } from "./guard.ts";
import type { MasterLog, SessionWord } from "./master-log.ts";
import { ended, firstWord } from "./ssh-process.ts";
import { fellThrough, isProhibited } from "./master-problem.ts";
import { LAST_WORD_MS, sessionChannel } from "./session-channel.ts";
import { channelWords, forwardWords, type SshDestination } from "./ssh-words.ts";

export interface MasterInput {
  /** `ssh -M -N`, logged in. */
  readonly child: ChildProcess;
  readonly log: MasterLog;
  readonly files: ControlFiles;
  readonly configFile: string;
  readonly to: SshDestination;
  readonly where: string;
  readonly user: string;
  readonly env: NodeJS.ProcessEnv;
}

/** For ssh to say goodbye; what is left then is killed. */
const CLOSING_GRACE_MS = 500;
const SHARED_BOUND_MS = 60_000;

/** A live connection that the box's own ssh holds as control master, and the channels through it. */
export class Master implements HostConnection {
  readonly id = nextConnectionId();
  readonly carrier = "openssh";
  readonly server: string;
  readonly user: string;
  readonly #input: MasterInput;
  readonly #onDead = new Set<() => void>();
  readonly #gone: Promise<void>;
  #openSessions = 0;
  #isSpoiled = false;
  #loss: Loss | undefined;
  #opened = 0;
  /** One session is opened at a time: the master's words do not say which they are about. */
  #turn: Promise<unknown> = Promise.resolve();
  #onWord: (word: OpeningWord) => void = () => {};
  readonly #onClosed = new Map<string, () => void>();

  constructor(input: MasterInput) {
    this.#input = input;
    this.server = input.log.server ?? "";
    this.user = input.user;
    const { child } = input;
    this.#gone = ended(child).then(() => {
      this.#die(lastWords(input.log.lines) ?? "ssh ended");
      for (const path of [input.files.pidFile, input.files.socket]) rmSync(path, { force: true });
    });
  }

  /** The master's words about sessions go here. */
  hear(word: SessionWord): void {
    if (word.kind === "closed") this.#onClosed.get(word.channel)?.();
    else this.#onWord(word);
  }

  get isSpoiled(): boolean {
    return this.#isSpoiled || this.#loss !== undefined;
  }

  get openSessions(): number {
    return this.#openSessions;
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
    this.#kill(because, { unruly: true });
  }

  async close(because = "closed by this worker"): Promise<void> {
    this.#die(because);
    const { child } = this.#input;
    endGuarded(child, "SIGTERM");
    const timer = setTimeout(endGuarded, CLOSING_GRACE_MS, child, "SIGKILL");
    await this.#gone;
    clearTimeout(timer);
  }

  exec(command: string, openWithinMs: number): Promise<Result<OpenChannel, ChannelRefusal>> {
    this.#openSessions += 1;
    const turn = this.#turn.then(() => this.#open(command, openWithinMs));
    this.#turn = turn;
    return turn;
  }

  async forward(host: string, port: number, withinMs: number): Promise<Result<Duplex, ChannelRefusal>> {
    if (this.#loss !== undefined) return fail(this.#dead());
    const logFile = this.#logFile();
    const words = forwardWords(this.#input.to, { ...this.#input, ...this.#input.files, logFile }, host, port);
    const started = await this.#start(words);
    if (!started.ok) return fail({ kind: "refused", problem: started.error });
    const child = started.value;
    child.once("exit", () => rmSync(logFile, { force: true }));
    const began = await firstWord(child, withinMs);
    if (began !== "speaks") {
      child.kill("SIGKILL");
      return fail({
        kind: "refused",
        problem: this.#forwardProblem(host, port, began === "late", withinMs),
      });
    }
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
    stream.on("error", () => {});
    stream.once("close", () => child.kill("SIGTERM"));
    return succeed(stream);
  }

  #forwardProblem(host: string, port: number, isLate: boolean, withinMs: number): TransportProblem {
    const { where, log } = this.#input;
    const to = `${host} port ${port}`;
    if (isLate) return problem("timeout", `${where} did not connect to ${to} in ${seconds(withinMs)}`);
    const line = log.lines.findLast((one) => /^channel \d+: open failed: /.test(one));
    const words = line?.replace(/^channel \d+: open failed: /, "") ?? "no answer";
    return forwardProblem(where, to, words, isProhibited(words));
  }

  async #open(command: string, openWithinMs: number): Promise<Result<OpenChannel, ChannelRefusal>> {
    const refuse = (refusal: ChannelRefusal): Result<never, ChannelRefusal> => {
      this.#openSessions -= 1;
      return fail(refusal);
    };
    if (this.#loss !== undefined) return refuse(this.#dead());
    const logFile = this.#logFile();
    const words = channelWords(this.#input.to, { ...this.#input, ...this.#input.files, logFile }, command);
    const started = await this.#start(words);
    if (!started.ok) return refuse({ kind: "refused", problem: started.error });
    const child = started.value;
    const word = await this.#wordOf(child, openWithinMs);
    const said = word.kind === "asked" ? "" : wordsIn(logFile);
    const unwritten = word.kind === "ended" ? whyUnwritten(logFile) : undefined;
    if (word.kind === "asked") {
      const channel = sessionChannel(child, {
        number: this.#input.log.channel ?? "",
        log: this.#input.log,
        socket: this.#input.files.socket,
        onClosed: this.#onClosed,
        loss: () => this.#loss,
        onLost: (listener) => this.onDead(listener),
        spoil: () => this.spoil(),
      });
      void channel.closed.then(() => {
        this.#openSessions -= 1;
        rmSync(logFile, { force: true });
      });
      return succeed(channel);
    }
    child.kill("SIGKILL");
    for (const stream of child.stdio) stream?.destroy();
    rmSync(logFile, { force: true });
    return refuse(unwritten === undefined ? this.#refusal(word, said) : this.#unwritten(unwritten));
  }

  /** What becomes of asking: the master's word, or the end of whoever asks it. */
  #wordOf(child: ChildProcess, withinMs: number): Promise<OpeningWord | Unheard> {
    return new Promise((resolve) => {
      let isSettled = false;
      const settle = (word: OpeningWord | Unheard) => {
        if (isSettled) return;
        isSettled = true;
        clearTimeout(timer);
        stop();
        this.#onWord = () => {};
        resolve(word);
      };
      // What others run on it is not cut for a command that has not begun, as long as ssh's own keep-alive bears it.
      const limitMs = this.#openSessions > 1 ? Math.max(withinMs, SHARED_BOUND_MS) : withinMs;
      const silent = `no answer to a new channel in ${seconds(limitMs)}`;
      const timer = setTimeout(() => this.#kill(silent), limitMs);
      // What it has said before counts: then the command was asked for.
      const stop = this.onDead(() => void this.#gone.then(() => settle({ kind: "dead" })));
      this.#onWord = settle;
      // The master's word may still be on its way: it wrote it before it answered.
      child.once("exit", () => setTimeout(settle, LAST_WORD_MS, { kind: "ended" }));
    });
  }

  #refusal(word: Exclude<OpeningWord, { kind: "asked" }> | Unheard, said: string): ChannelRefusal {
    const { where } = this.#input;
    if (word.kind === "dead") return this.#dead();
    if (word.kind === "ended" && fellThrough(said)) return this.#socketless();
    const message = `${where} opens no session: ${word.kind === "ended" ? oneLine(said) : word.message}`;
    if (word.kind === "full")
      return { kind: "full", problem: problem("channel", `${message} (MaxSessions?)`) };
    this.#isSpoiled = true;
    // Without the master's own word nothing tells whether the command was asked for: ssh may have been killed.
    if (word.kind === "ended" && said === "")
      return { kind: "lost", problem: problem("lost", `${where}: ssh ended before a session was open`) };
    return { kind: "refused", problem: problem("channel", message) };
  }

  /** ssh could not write its log, and so has asked for nothing. */
  #unwritten(why: unknown): ChannelRefusal {
    const { where, files } = this.#input;
    if (!existsSync(files.socket)) return this.#socketless();
    const message = `cannot open a session on ${where}: ${boxFault(why)}`;
    return { kind: "refused", problem: problem("local", message) };
  }

  #socketless(): ChannelRefusal {
    // What runs on it needs the socket no more.
    this.#isSpoiled = true;
    const message = `the connection to ${this.#input.where} was lost: ssh's control socket is gone`;
    return { kind: "dead", problem: problem("channel", message) };
  }

  #dead(): ChannelRefusal {
    const message = `the connection to ${this.#input.where} was lost: ${this.#loss?.message ?? "ssh ended"}`;
    return { kind: "dead", problem: problem("channel", message) };
  }

  #start(words: readonly string[]): Promise<Result<ChildProcessWithoutNullStreams, TransportProblem>> {
    const [program = "", ...args] = words;
    const { where, env } = this.#input;
    // Its own session: a Ctrl-C at the worker's terminal must not cut commands that are to be finished.
    return startProgram(`cannot start ssh for ${where}`, () =>
      spawn(program, args, { detached: true, stdio: "pipe", env }),
    );
  }

  #logFile(): string {
    this.#opened += 1;
    return `${this.#input.files.socket}.${this.#opened}`;
  }

  #kill(because: string, more: Omit<Loss, "message"> = {}): void {
    this.#die(because, more);
    endGuarded(this.#input.child, "SIGKILL");
  }

  #die(because: string, more: Omit<Loss, "message"> = {}): void {
    if (this.#loss !== undefined) return;
    this.#loss = { message: oneLine(because), ...more };
    const listeners = [...this.#onDead];
    this.#onDead.clear();
    for (const listener of listeners) listener();
  }
}

type OpeningWord = Exclude<SessionWord, { kind: "closed" }>;

type Unheard =
  | { readonly kind: "dead" }
  /** ssh ended, and the master has said nothing. */
  | { readonly kind: "ended" };

/** Why a master ended, in its own words. */
function lastWords(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => !line.startsWith("debug1: ") && !/^channel \d+: /.test(line));
}
