import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { atExit } from "./at-exit.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { until, within, type UntilOptions } from "./until.ts";

const SETPRIV = "/usr/bin/setpriv";
const STOP_GRACE_MS = 10_000;

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildProgram {
  readonly pid: number;
  /** Everything that is kept of one stream, or of both in the order of arrival. */
  stdout(): string;
  stderr(): string;
  output(): string;
  /** Tells of its stdout as it comes, from now on. */
  onStdout(listener: (text: string) => void): void;
  /** Resolves when the process has ended and all its output was read. */
  readonly exited: Promise<ChildExit>;
  readonly running: boolean;
  /** Writes to its stdin, if that was asked for. */
  write(text: string): void;
  /** Ends its stdin. */
  end(): void;
  signal(name: NodeJS.Signals): void;
  /** Waits until its output contains `text`; fails at once if it ends before that. */
  waitFor(text: string | RegExp, options?: UntilOptions): Promise<void>;
  /** TERM, and KILL after a grace of 10 s; resolves when it has ended. */
  stop(): Promise<ChildExit>;
  /** KILL; resolves when it has ended. */
  kill(): Promise<ChildExit>;
}

export interface ChildOptions {
  readonly cwd?: string;
  /** The whole environment, nothing is inherited; default: PATH and a UTF-8 locale. */
  readonly env?: Readonly<Record<string, string>>;
  /** True: stdin is a pipe for `write`; else /dev/null. */
  readonly stdin?: boolean;
  /** Characters kept of each stream; default a million. */
  readonly keep?: number;
}

/** PATH with the sbin folders, and a locale: what a program needs, and nothing of who runs the tests. */
export const bareEnv = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LANG: "C.UTF-8" };

/** Starts a program that cannot outlive this process (Linux: not even when this process is killed). */
export function startChild(path: string, args: readonly string[], options: ChildOptions = {}): ChildProgram {
  const tied = existsSync(SETPRIV);
  const child = spawn(tied ? SETPRIV : path, tied ? ["--pdeathsig=KILL", "--", path, ...args] : args, {
    cwd: options.cwd,
    env: options.env ?? bareEnv,
    stdio: [options.stdin === true ? "pipe" : "ignore", "pipe", "pipe"],
  });
  return new Child(child, [path, ...args].join(" "), options.keep ?? 1_000_000);
}

class Child implements ChildProgram {
  readonly exited: Promise<ChildExit>;
  readonly #child: ChildProcess;
  readonly #commandLine: string;
  readonly #stdout: OutputBuffer;
  readonly #stderr: OutputBuffer;
  readonly #both: OutputBuffer;
  #isReadOut = false;

  constructor(child: ChildProcess, commandLine: string, keep: number) {
    this.#child = child;
    this.#commandLine = commandLine;
    this.#both = new OutputBuffer(2 * keep);
    this.#stdout = new OutputBuffer(keep);
    this.#stderr = new OutputBuffer(keep);
    this.#collect(child.stdout, this.#stdout);
    this.#collect(child.stderr, this.#stderr);
    // A program that ended takes no more input; what it said and how it ended tells more than EPIPE.
    child.stdin?.on("error", () => {});
    const done = atExit(`process ${child.pid} (${commandLine})`, () => child.kill("SIGKILL"));
    this.exited = new Promise((resolve, reject) => {
      child.once("error", (error) => {
        if (child.pid !== undefined) return; // A signal that could not be sent: the exit tells.
        done();
        reject(new Error(`${commandLine}: ${error.message}`));
      });
      child.once("exit", done);
      child.once("close", (code, signal) => {
        this.#isReadOut = true;
        resolve({ code, signal });
      });
    });
    this.exited.catch(() => {});
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#commandLine} was not started`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  stdout(): string {
    return this.#stdout.text();
  }

  stderr(): string {
    return this.#stderr.text();
  }

  output(): string {
    return this.#both.text();
  }

  onStdout(listener: (text: string) => void): void {
    this.#child.stdout?.on("data", listener);
  }

  write(text: string): void {
    if (this.#child.stdin === null) throw new Error(`${this.#commandLine} was started without stdin: true`);
    this.#child.stdin.write(text);
  }

  end(): void {
    this.#child.stdin?.end();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async waitFor(text: string | RegExp, options: UntilOptions = {}): Promise<void> {
    const isThere = () =>
      typeof text === "string" ? this.output().includes(text) : text.test(this.output());
    await until(
      `${text} from ${this.#commandLine}`,
      () => {
        if (isThere()) return true;
        // What it said last may be read after it has ended.
        if (this.#isReadOut) throw new Error(`${this.#commandLine} ended without ${text}:\n${this.output()}`);
        return false;
      },
      { lastSeen: () => this.output(), ...options },
    );
  }

  async stop(): Promise<ChildExit> {
    this.signal("SIGTERM");
    this.signal("SIGCONT");
    const timer = setTimeout(() => this.signal("SIGKILL"), STOP_GRACE_MS);
    try {
      return await this.#ended();
    } finally {
      clearTimeout(timer);
    }
  }

  async kill(): Promise<ChildExit> {
    this.signal("SIGKILL");
    return this.#ended();
  }

  #ended(): Promise<ChildExit> {
    return within(`${this.#commandLine} (pid ${this.#child.pid}) to end`, this.exited, 2 * STOP_GRACE_MS);
  }

  #collect(stream: NodeJS.ReadableStream | null, buffer: OutputBuffer): void {
    stream?.setEncoding("utf8");
    stream?.on("data", (text: string) => {
      buffer.add(text);
      this.#both.add(text);
    });
  }
}
