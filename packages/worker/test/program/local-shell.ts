import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { atExit } from "../../../../test/support/at-exit.ts";
import { MarkReader, type Piece } from "../../src/visit/mark-reader.ts";
import type { Mark } from "../../src/program/marks.ts";
import type { RemoteProgram } from "../../src/program/program.ts";
import { hangUpWhenSettled, serveBefore, type Before } from "./local-kept-shell.ts";

/** What /bin/sh may be; all of them are in the list of programs that the tests install. */
export const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ["dash"],
  ["bash", "--posix"],
  ["busybox", "sh"],
  ["zsh", "--emulate", "sh"],
];

export interface LocalEnd {
  readonly marks: readonly Mark[];
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly noise: string;
  readonly exitCode: number | null;
}

export interface LocalRun {
  /** Everything said so far on stderr's marks. */
  readonly marks: readonly Mark[];
  readonly pid: number;
  /** The command's output so far. */
  output(stream: "stdout" | "stderr"): string;
  /** More text for the shell that reads its program from stdin. */
  write(text: string): void;
  /** Resolves when a mark of this word has come. */
  saw(word: string): Promise<Mark>;
  /** Ends stdin, as a lost connection does. */
  hangUp(): void;
  /** Closes our ends of all three, as a lost connection does. */
  disconnect(): void;
  readonly end: Promise<LocalEnd>;
}

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The shell is a kept one, and serves this first. */
  readonly before?: Before;
}

/** Runs a remote program as a session of its own in a local shell, as sshd would. */
export function startLocally(
  shell: readonly [string, ...string[]],
  program: Pick<RemoteProgram, "hello" | "body" | "look">,
  nonce: string,
  { before, ...options }: Options = {},
): LocalRun {
  // Its second shell is the host's /bin/sh, which here is the one under test.
  const body = program.body.replace(/exec \/bin\/sh$/m, `exec ${shell.join(" ")}`);
  const marks: Mark[] = [];
  const texts = { output: { stdout: [] as Buffer[], stderr: [] as Buffer[] }, noise: [] as Buffer[] };
  const waiting: { word: string; resolve: (mark: Mark) => void }[] = [];
  const take = (
    stream: "stdout" | "stderr",
    pieces: readonly Piece[],
    child: ChildProcessWithoutNullStreams,
  ): void => {
    for (const piece of pieces) {
      if (piece.kind === "output") texts.output[stream].push(Buffer.from(piece.bytes));
      if (piece.kind === "noise") texts.noise.push(Buffer.from(piece.bytes));
      if (piece.kind !== "mark" || stream === "stdout") continue;
      const { mark } = piece;
      marks.push(mark);
      if (mark.word === "hello") child.stdin.write(body);
      if (mark.word === "exists") child.stdin.write(program.look?.() ?? "");
      for (const waiter of waiting) if (waiter.word === mark.word) waiter.resolve(mark);
    }
  };
  const start = (): ChildProcessWithoutNullStreams => {
    const started = spawn(shell[0], shell.slice(1), { detached: true, stdio: "pipe", ...options });
    started.stdin.on("error", () => {});
    const done = atExit(`shell ${started.pid} (${shell.join(" ")})`, () => started.kill("SIGKILL"));
    started.once("exit", done);
    return started;
  };
  let child = start();
  const end = (async (): Promise<LocalEnd> => {
    // A machine on which much begins may not be able to prove that a shell may be kept.
    if (before !== undefined) {
      for (let isKept = false; !isKept;) {
        isKept = await serveBefore(child, before);
        if (!isKept) child = start();
      }
      hangUpWhenSettled(child, before);
    }
    const closed = once(child, "close");
    for (const stream of ["stdout", "stderr"] as const) {
      const reader = new MarkReader(nonce);
      child[stream].on("data", (chunk: Buffer) => {
        take(stream, reader.read(chunk), child);
      });
      child[stream].on("end", () => {
        take(stream, reader.end(), child);
      });
    }
    child.stdin.write(program.hello);
    await closed;
    return {
      marks,
      stdout: Buffer.concat(texts.output.stdout),
      stderr: Buffer.concat(texts.output.stderr),
      noise: Buffer.concat(texts.noise).toString(),
      exitCode: child.exitCode,
    };
  })();
  return {
    marks,
    get pid() {
      return child.pid ?? 0;
    },
    output: (stream) => Buffer.concat(texts.output[stream]).toString(),
    write: (text) => void child.stdin.write(text),
    saw: (word) =>
      new Promise((resolve) => {
        const seen = marks.find((mark) => mark.word === word);
        if (seen !== undefined) resolve(seen);
        else waiting.push({ word, resolve });
      }),
    hangUp: () => void child.stdin.end(),
    disconnect: () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    },
    end,
  };
}
