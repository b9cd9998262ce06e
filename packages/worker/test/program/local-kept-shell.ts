import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { firstText, keepingText } from "../../src/program/kept-shell.ts";
import { remoteProgram, type RemoteProgram } from "../../src/program/program.ts";
import { MarkReader } from "../../src/visit/mark-reader.ts";
import { freshNonce } from "../../src/visit/nonce.ts";
import { remoteTask } from "./task.ts";

/** A task that a kept shell serves before the one that a test is about. */
export interface Before {
  readonly nonce: string;
  readonly program: Pick<RemoteProgram, "hello" | "body">;
  /** What makes it a kept shell when that is over. */
  readonly keeping: string;
  /** Of the shell. */
  readonly keptNonce: string;
}

export function taskBefore(): Before {
  const task = remoteTask({ command: "true" });
  const keptNonce = freshNonce();
  const { hello, body } = remoteProgram(task, { server: "OpenSSH_9.2p1", isKept: true });
  return {
    nonce: task.nonce,
    program: { hello, body: firstText(body) },
    keeping: keepingText(task.become, keptNonce),
    keptNonce,
  };
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Whether a local shell may be kept after the first task. One at a time: each one's processes are in the way of what
 * another one has to prove.
 */
export function serveBefore(child: ChildProcessWithoutNullStreams, before: Before): Promise<boolean> {
  const served = last.then(() => serve(child, before));
  last = served;
  return served;
}

async function serve(
  child: ChildProcessWithoutNullStreams,
  { nonce, program, keeping, keptNonce }: Before,
): Promise<boolean> {
  const closed = once(child, "close").then(() => false);
  const settled = whenSettled(child, keptNonce, "1").then(() => true);
  const reader = new MarkReader(nonce);
  const hear = (chunk: Buffer): void => {
    for (const piece of reader.read(chunk)) {
      if (piece.kind !== "mark") continue;
      if (piece.mark.word === "hello") child.stdin.write(program.body);
      if (piece.mark.word === "end") child.stdin.write(keeping);
    }
  };
  child.stderr.on("data", hear);
  child.stdin.write(program.hello);
  const isKept = await Promise.race([closed, settled]);
  child.stderr.off("data", hear);
  return isKept;
}

/** Ends a kept shell when its second task is over. */
export function hangUpWhenSettled(child: ChildProcessWithoutNullStreams, { keptNonce }: Before): void {
  void whenSettled(child, keptNonce, "2").then(() => child.stdin.end());
}

async function whenSettled(
  child: ChildProcessWithoutNullStreams,
  keptNonce: string,
  number: string,
): Promise<void> {
  const streams = (["stdout", "stderr"] as const).map(
    (stream) =>
      new Promise<void>((resolve) => {
        const reader = new MarkReader(keptNonce);
        const hear = (chunk: Buffer): void => {
          for (const piece of reader.read(chunk))
            if (piece.kind === "mark" && piece.mark.args[0] === number) {
              child[stream].off("data", hear);
              resolve();
            }
        };
        child[stream].on("data", hear);
      }),
  );
  await Promise.all(streams);
}
