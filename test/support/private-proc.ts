import { findProgram } from "./programs.ts";

/** What /proc shows of other users' processes: their folders but nothing in them, or not even these. */
export type HidePid = "noaccess" | "invisible";

export const HIDE_PIDS: readonly HidePid[] = ["noaccess", "invisible"];

/** The words that start a program in a place where /proc is mounted so, as hardened hosts have it. */
export function hidingProc(hidePid: HidePid, program: string, args: readonly string[]): [string, string[]] {
  const script = 'mount -o "remount,hidepid=$0" /proc && exec "$@"';
  const place = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--"];
  return [findProgram("unshare"), [...place, "/bin/sh", "-c", script, hidePid, program, ...args]];
}
