import { createHash } from "node:crypto";

/**
 * Our words in a remote program's output. Each is a line that begins with a nonce of this submission, so
 * that no command says one by accident: `rr:NONCE:WORD ARG ARG`. It may follow text that has no newline.
 */
export interface Mark {
  readonly word: string;
  readonly args: readonly string[];
}

/** A mark line is short; a longer one is somebody else's text. */
export const MAX_MARK_BYTES = 8192;

export function markPrefix(nonce: string): string {
  return `rr:${nonce}:`;
}

/**
 * Names what a program leaves where others see it: files, and arguments that hold their paths. The nonce is a secret
 * of program and worker, since whoever knows it can say our words; this name tells nothing of it.
 */
export function publicName(nonce: string): string {
  return createHash("sha256").update(`name of ${nonce}`).digest("hex").slice(0, 24);
}

/** The text between the prefix and the newline. */
export function parseMark(text: string): Mark {
  const [word = "", ...args] = text.trim().split(" ");
  return { word, args };
}

/** The remote program's own process, as its start mark tells it. */
export interface RemoteProcess {
  readonly pid: number;
  /** Clock ticks since boot (field 22 of /proc/PID/stat). */
  readonly startTicks: number;
  readonly session: number;
  /** Nothing but this program runs in its session: everything in it may be killed. */
  readonly ownsSession: boolean;
  readonly bootId: string;
  /** Its children that are not the command, where no record tells them. */
  readonly helpers?: readonly number[];
}

/** `PID START SESSION OWN BOOT`; nothing where the host has no /proc. */
export function parseProcess(args: readonly string[]): RemoteProcess | undefined {
  const [pid, startTicks, session, own, bootId] = args;
  if (bootId === undefined || bootId === "-") return undefined;
  const numbers = [Number(pid), Number(startTicks), Number(session)] as const;
  if (!numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return undefined;
  return {
    pid: numbers[0],
    startTicks: numbers[1],
    session: numbers[2],
    ownsSession: own === "1",
    bootId,
  };
}
