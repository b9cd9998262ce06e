import type { Result } from "@roadrunner/core";
import { readAtMost } from "./bounded-read.ts";

/** The name of standard input where a flow's file is named: what messages say, and the journal keeps. */
export const STDIN = "<stdin>";

type Arguments = Readonly<Record<string, unknown>>;

/** With the name that a flow's `-` stands for: yargs makes an empty text of it. */
export function withStdinNamed(argv: Arguments, args: readonly string[]): Arguments {
  return argv["flow"] === "" && args.includes("-") ? { ...argv, flow: STDIN } : argv;
}

/** A flow that names a million hosts has 20. */
const MOST_MIB = 64;

let read: Promise<Result<Buffer, string>> | undefined;

/** Whether it was a flow, or hosts: then it holds no answer of a person. */
export function isStdinRead(): boolean {
  return read !== undefined;
}

/** All of it; whoever asks again gets the same. */
export async function readStdin(): Promise<Result<Buffer, string>> {
  read ??= readAtMost(process.stdin, MOST_MIB);
  return read;
}
