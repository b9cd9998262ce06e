import { createHash } from "node:crypto";
import type { SeenBoot } from "@roadrunner/core";

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

const BOOT_ID = /^[0-9a-f-]{36}$/;
const EXIT_CODE = /^\d{1,3}$/;
/** In their order: what a mark's words have to look like where anything hangs on them. */
const ARGUMENTS: Readonly<Record<string, readonly RegExp[]>> = {
  end: [/^(-|\d{1,3})$/, /^(-|timedOut|cancelled)$/],
  asked: [EXIT_CODE, /^(-|timedOut|left)$/],
  recorded: [EXIT_CODE, /^(-|timedOut|cancelled)$/, BOOT_ID],
  wait: [/^-?\d{1,15}$/],
};
/** A process id; a negative one is a group. */
const PID = /^-?\d{1,10}$/;
/** What follows, as many as there are. */
const REST: Readonly<Record<string, RegExp>> = {
  left: PID,
  helpers: PID,
  recorded: PID,
  out: /^(?:[0-9a-f]{2}|\.|replaced|unread)$/,
};

/** Words that say nothing without their first argument. */
const NEED_ONE = new Set(["asked", "recorded", "wait", "out"]);

/** Whether our program, on a host that is in its right mind, could have said this. */
export function isSound({ word, args }: Mark): boolean {
  if (!/^[A-Za-z]{1,16}$/.test(word)) return false;
  if (NEED_ONE.has(word) && args.length === 0) return false;
  const rules = ARGUMENTS[word] ?? [];
  const rest = REST[word] ?? /^[\x21-\x7e]{1,255}$/;
  return args.every((arg, index) => (rules[index] ?? rest).test(arg));
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

/** `BOOT CONTAINER UP` (hundredths of a second), of which each may be missing. */
export function parseBoot(args: readonly string[]): SeenBoot {
  const [bootId = "-", container = "-", up = "0"] = args;
  return {
    ...(BOOT_ID.test(bootId) ? { bootId } : {}),
    ...(/^\d{1,20}$/.test(container) ? { container } : {}),
    upMs: /^\d{1,15}$/.test(up) ? Number(up) * 10 : 0,
  };
}

/** `PID START SESSION OWN BOOT`; nothing where the host has no /proc. */
export function parseProcess(args: readonly string[]): RemoteProcess | undefined {
  const [pid, startTicks, session, own, bootId] = args;
  // It becomes a word of other programs.
  if (bootId === undefined || !BOOT_ID.test(bootId)) return undefined;
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
